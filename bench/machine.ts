import { cpus } from "node:os";

/** What a benchmark ran on. */
export const MACHINE: { readonly cpu: string; readonly cores: number; readonly node: string } = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  node: process.version,
};

export function machineText(): string {
  return `${MACHINE.cpu}, ${MACHINE.cores} cores, node ${MACHINE.node}`;
}
