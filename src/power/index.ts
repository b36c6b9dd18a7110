export { liveModel } from "./live-model.js";
export { MEASURED_BUSY_WATTS, MEASURED_IDLE_WATTS, type WattsRange } from "./measured.js";
export type { CpuSeconds, Energy, EnergyMeters, PowerContext, PowerModel } from "./model.js";
export { ADA_BUSY_WATTS, ADA_IDLE_WATTS, type PerCoreOptions, perCore } from "./per-core.js";
export {
  WORKSPACE_CPU_TDP_WATTS,
  WORKSPACE_OTHER_WATTS,
  WORKSPACE_RAM_WATTS,
  type WorkspaceLoad,
  type WorkspaceModel,
  type WorkspaceModelOptions,
  workspaceModel,
} from "./workspace-model.js";
