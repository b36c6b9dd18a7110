// Imported before anything else, as the command line sets them before it loads anything (src/cli/main.ts).
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--wasm-tiering-budget=100000000");
