export { memoryUsageStore } from "./usage.js";
