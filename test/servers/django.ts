import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Python that has django and psycopg2. */
export const PYTHON: string = process.env.DJANGO_PYTHON ?? "python3";

/** Whether there is a Django to test with. In CI there must be one: throws there. */
export function requireDjango(): boolean {
  try {
    execFileSync(PYTHON, ["-c", "import django, psycopg2"], { stdio: "pipe" });
    return true;
  } catch (error) {
    const why = `set DJANGO_PYTHON to a Python with django and psycopg2 (${String(error).split("\n")[0]})`;
    if (process.env.CI === "true") throw new Error(`CI needs a real Django: ${why}`);
    console.warn(`not tested: Django; ${why}`);
    return false;
  }
}

/** A Django project over a database, with one application, `usage`. */
export interface DjangoProject {
  /** What `django-admin` prints. */
  run(...command: string[]): string;
  /** Puts the models in place of those of the application. */
  setModels(python: string): void;
  remove(): void;
}

export async function startDjangoProject(databaseUrl: string): Promise<DjangoProject> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-django-"));
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const database = {
    ENGINE: "django.db.backends.postgresql",
    NAME: pathname.slice(1),
    USER: decodeURIComponent(username),
    PASSWORD: decodeURIComponent(password),
    HOST: hostname,
    PORT: port,
  };
  await mkdir(join(folder, "usage"));
  writeFileSync(join(folder, "usage", "__init__.py"), "");
  writeFileSync(
    join(folder, "settings.py"),
    `INSTALLED_APPS = ["usage"]
USE_TZ = True
DATABASES = {"default": ${JSON.stringify(database)}}
`,
  );
  const setModels = (python: string): void => writeFileSync(join(folder, "usage", "models.py"), python);
  setModels("");
  return {
    run: (...command) =>
      execFileSync(PYTHON, ["-m", "django", ...command, "--settings", "settings"], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, PYTHONPATH: folder },
      }),
    setModels,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
