import { expect, it, vi } from "vitest";
import { openDatabase } from "./open-database.js";

it("says in a line what is needed where there is no SQLite", () => {
  const loading = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  const versions = vi
    .spyOn(process, "versions", "get")
    .mockReturnValue({ ...process.versions, node: "20.20.2" });
  try {
    const text = /^what is kept in carbon\.db needs Node 22\.13 or later, and this is 20\.20\.2; install one/;
    expect(() => openDatabase("carbon.db")).toThrow(text);
  } finally {
    loading.mockRestore();
    versions.mockRestore();
  }
});
