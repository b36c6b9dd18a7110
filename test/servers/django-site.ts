import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PYTHON } from "./django.js";
import { freePort, startKept } from "./kept-process.js";

const SITE = fileURLToPath(new URL("../../examples/django-site/", import.meta.url));

/** `examples/django-site` as a process of its own, with Django's tables in a folder of its own. */
export interface DjangoSite {
  readonly url: string;
  /** Runs Python inside the site; what it prints. */
  shell(python: string): string;
  stop(): Promise<void>;
}

export async function startDjangoSite(options: {
  readonly databaseUrl: string;
  readonly service: string;
}): Promise<DjangoSite> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-django-site-"));
  const site = {
    PYTHONDONTWRITEBYTECODE: "1",
    CARBON_DATABASE_URL: options.databaseUrl,
    CARBON_SERVICE: options.service,
    DJANGO_DATABASE: join(folder, "django.sqlite3"),
  };
  const manage = (...command: string[]): string =>
    execFileSync(PYTHON, ["manage.py", ...command], {
      cwd: SITE,
      env: { ...process.env, ...site },
      encoding: "utf8",
      stdio: "pipe",
    });
  manage("check", "--fail-level", "WARNING");
  manage("migrate", "-v0");
  const url = `http://127.0.0.1:${await freePort()}/`;
  const settings = Object.entries(site).map(([name, value]) => `${name}=${value}`);
  const command = [PYTHON, join(SITE, "manage.py"), "runserver", "--noreload", new URL(url).host];
  const server = startKept(folder, ["env", ...settings, ...command]);
  let log = "";
  server.process.stderr.on("data", (chunk) => {
    log += String(chunk);
  });
  while (!(await isUp(url))) {
    if (server.process.exitCode !== null) throw new Error(`Django does not start: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    shell: (python) => manage("shell", "-v0", "-c", python),
    stop: server.stop,
  };
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    (reply) => reply.ok,
    () => false,
  );
}
