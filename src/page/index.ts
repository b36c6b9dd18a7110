export { type AnalysisPage, type AnalysisPageOptions, analysisPage } from "./analysis-page.js";
