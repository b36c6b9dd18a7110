import { defineConfig } from "vitest/config";

const config: ReturnType<typeof defineConfig> = defineConfig({
  test: { include: ["docs/.vitepress/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});

export default config;
