export type { CpuSeconds, Energy, PowerContext, PowerModel } from "./model.js";
export { ADA_BUSY_WATTS, ADA_IDLE_WATTS, type PerCoreOptions, perCore } from "./per-core.js";
