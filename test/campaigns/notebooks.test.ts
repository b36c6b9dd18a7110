import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { requireServer } from "../servers/prometheus.js";

// The notebooks of examples/notebooks are run by nbclient on Deno's kernel, as somebody would who has installed the
// package beside them, and their scripts by tsx.

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const notebooks = join(root, "examples/notebooks");
const NEEDED = ["ada-carbon", "@observablehq/plot", "linkedom"];
const PYTHON = process.env.NOTEBOOKS_PYTHON ?? "notebooks-python";
const there = requireServer("nbclient, which runs notebooks", [
  { path: PYTHON, variable: "NOTEBOOKS_PYTHON" },
]);

/** A text, which a notebook may keep line by line. */
const lines = z.union([z.string(), z.array(z.string())]).transform((text) => [text].flat().join(""));
const output = z.looseObject({
  output_type: z.enum(["execute_result", "display_data", "stream", "error"]),
  text: lines.optional(),
  data: z
    .looseObject({
      "text/html": lines.optional(),
      "text/plain": lines.optional(),
      "image/svg+xml": lines.optional(),
    })
    .optional(),
});
const notebookSchema = z.looseObject({
  cells: z.array(z.looseObject({ source: lines, outputs: z.array(output).optional() })),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-notebooks-"));
  const dependencies = Object.fromEntries(NEEDED.map((name) => [name, "*"]));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies }));
  for (const name of NEEDED) {
    const place = join(folder, "node_modules", name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(name === "ada-carbon" ? root : join(root, "node_modules", name), place);
  }
  const kernel = join(folder, "jupyter/kernels/deno");
  await mkdir(kernel, { recursive: true });
  const argv = [join(root, "node_modules/.bin/deno"), "jupyter", "--kernel", "--conn", "{connection_file}"];
  await writeFile(
    join(kernel, "kernel.json"),
    JSON.stringify({ argv, display_name: "Deno", language: "typescript" }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What each cell with code put out, by how its code begins. */
async function outputsOf(file: string): Promise<(source: string) => z.infer<typeof output>> {
  const { stdout } = await run(
    PYTHON,
    [join(root, "test/support/run_notebook.py"), join(notebooks, file), folder],
    {
      env: {
        ...process.env,
        JUPYTER_PATH: join(folder, "jupyter"),
        DENO_DIR: join(folder, "deno"),
        NO_COLOR: "1",
      },
      maxBuffer: 64 * 2 ** 20,
    },
  );
  const { cells } = notebookSchema.parse(JSON.parse(stdout));
  return (source) => {
    const all = cells.find((cell) => cell.source.startsWith(source))?.outputs ?? [];
    const [first] = all;
    if (first === undefined) throw new Error(`the cell ${source} has no output`);
    // What a cell prints comes line by line.
    return { ...first, text: all.map(({ text = "" }) => text).join("") };
  };
}

describe.skipIf(!there)("examples/notebooks/month.ipynb on Deno's kernel", () => {
  it("shows tables, rows and charts", async () => {
    const of = await outputsOf("month.ipynb");
    const html = of("table").data?.["text/html"] ?? "";
    expect(html.match(/<tr>/g)?.length).toBe(51);
    expect(html).toContain("and 2110 more of 2160 rows");
    expect(of("table").data?.["text/plain"]).toMatch(/^scope +bin +busy kWh/);

    const row = of("table.rows[0]").data?.["text/plain"] ?? "";
    expect(row).toContain("from: 2025-09-01T00:00:00.000Z");
    expect(row).toMatch(/totalKwh: 0\.0\d+/);
    expect(row).toContain("totalGco2eq: null");

    expect(of("const cpu").data?.["text/plain"]).toBe("720");
    const days = of("const days").data?.["text/html"] ?? "";
    expect(days).toContain("<td>2025-W37</td>");
    expect(days.match(/100\.0%/g)?.length).toBe(2);

    for (const chart of ["Plot.lineY", "Plot.rectY"])
      expect(of(chart).data?.["image/svg+xml"], chart).toMatch(/^<svg[\s\S]*<\/svg>$/);
    expect(of("Plot.rectY").data?.["image/svg+xml"]?.match(/<rect /g)?.length).toBe(60);

    const said = of("console.log").text ?? "";
    expect(said).toMatch(/2025-09-08T00:00:00Z,2025-09-15T00:00:00Z,2025-W37,ada,ada,\d/);
    expect(said).toContain("busyKwh: Float64");
    expect(said).toContain("2160");
  }, 180_000);
});

describe("scripts beside the notebooks", () => {
  it("are there", async () => {
    expect((await readdir(notebooks)).sort()).toEqual(["month.ipynb", "month.ts"]);
  });

  it("month.ts prints rows, weeks and CSV under tsx", async () => {
    const { stdout } = await run(join(root, "node_modules/.bin/tsx"), [join(notebooks, "month.ts")], {
      cwd: root,
    });
    expect(stdout).toContain("2160 rows");
    expect(stdout).toMatch(/ada +2025-W37 +\d+\.\d{3}/);
    expect(stdout).toContain("21 columns of Arrow");
  }, 120_000);
});
