// @module-tag long
// Work on the app: its sources are those of this machine, and a change is served without a release.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../support/app.js";
import { takePorts } from "../support/claims.js";
import { until } from "../support/docker.js";
import { containerOf } from "../support/inspect.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const sources = mkdtempSync(join(tmpdir(), "keelson-dev-"));
const write = (text: string) => {
  const answer = `(request, response) => response.end(request.url === "/" ? "${text}" : "ok")`;
  const program = `import { createServer } from "node:http";\ncreateServer(${answer}).listen(process.env.PORT);\n`;
  writeFileSync(join(sources, "main.mjs"), program);
};
const stack = new Stack("test-dev", {
  app: { name: "dev" },
  postgres: { adminPort: ports.admin },
  release: { smoke: [] },
  proxy: { httpPort: ports.http },
});
const dev = {
  mounts: [{ source: sources, path: "/src" }],
  command: ["node", "--watch", "/src/main.mjs"],
};
const served = async () => (await ask(ports.http, "/")).body;

beforeAll(async () => {
  await stack.sweep();
  // The app's user is another one than who writes them.
  chmodSync(sources, 0o755);
  write("one");
  await stack.up();
});
afterAll(async () => {
  await stack.remove();
  rmSync(sources, { recursive: true });
});

describe("app.dev", () => {
  it("serves a change of the sources from the container that runs", async () => {
    const { settings } = stack;
    stack.configure({ app: { dev } });
    await stack.up();
    expect(await served()).toBe("one");
    const { Id } = await containerOf(stack, "app");
    write("two");
    await until("the change is served", async () => (await served()) === "two");
    expect((await containerOf(stack, "app")).Id).toBe(Id);
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    stack.replace(settings);
    await stack.up();
    expect(await served()).not.toBe("two");
  });
});
