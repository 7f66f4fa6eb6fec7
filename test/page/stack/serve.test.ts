// The program of the page's container as its image has it: one file, run by Node.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nowText } from "../../support/page-figures.js";
import { root } from "../../support/root.js";

const folder = mkdtempSync(join(tmpdir(), "keelson-page-program-"));
const file = join(folder, "serve.mjs");
const settings = { name: "shop-prod", url: "http://localhost", jobs: {}, dumpsAlone: false };
let program: ChildProcess;
let address: string;

/** A port that is free for now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

beforeAll(async () => {
  const bundled = execFileSync(process.execPath, [join(root, "bin", "bundle-page.mjs")]);
  writeFileSync(file, bundled);
  for (const each of ["page.css", "live.js"]) {
    copyFileSync(join(root, "page", each), join(folder, each));
  }
  const port = String(await freePort());
  address = `http://127.0.0.1:${port}`;
  const env = { PAGE: JSON.stringify(settings), PAGE_FOLDER: folder, PAGE_PORT: port };
  program = spawn(process.execPath, [file], { env, stdio: ["ignore", "ignore", "pipe"] });
  await new Promise<void>((resolve, reject) => {
    program.stderr?.once("data", () => {
      resolve();
    });
    program.once("exit", (code) => {
      reject(new Error(`it ended with ${String(code)}`));
    });
  });
});
afterAll(() => {
  program.kill();
  rmSync(folder, { recursive: true, force: true });
});

const get = (headers: Readonly<Record<string, string>> = {}, method = "GET") =>
  fetch(`${address}/status`, { headers, method });

describe("the program of the status page", () => {
  it("serves the page from the folder, and the maintenance that the proxy says", async () => {
    expect((await get()).status).toBe(503);
    const now = JSON.parse(nowText()) as { figures: { probed: { value: unknown[] }[] } };
    const seconds = Date.now() / 1000;
    for (const each of now.figures.probed) each.value[1] = String(seconds);
    writeFileSync(join(folder, "now.json"), JSON.stringify({ ...now, at: seconds }));
    const answer = await get();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("shop-prod is up");
    expect(await (await get({ "X-Keelson-Maintenance": "on" })).text()).toContain(
      "shop-prod is in maintenance mode",
    );
    const head = await get({}, "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("goes on where the figures can't be read", async () => {
    writeFileSync(join(folder, "over.json"), "{");
    expect((await get()).status).toBe(500);
    rmSync(join(folder, "over.json"));
    expect((await get()).status).toBe(200);
  });

  it("looks whether it could start, and ends", () => {
    const env = { PAGE: JSON.stringify(settings) };
    expect(execFileSync(process.execPath, [file, "check"], { env }).toString()).toBe("");
    const wrong = () => execFileSync(process.execPath, [file, "check"], { env: {}, stdio: "pipe" });
    expect(wrong).toThrow();
  });

  it("ends by SIGTERM", async () => {
    const ended = new Promise((resolve) => program.once("exit", resolve));
    program.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("is made of the page and of what the image's tag follows from, and of nothing else", () => {
    const entryPoints = [join(root, "page", "stack", "serve.ts")];
    const { metafile } = buildSync({
      entryPoints,
      bundle: true,
      write: false,
      metafile: true,
      absWorkingDir: root,
      platform: "node",
      format: "esm",
    });
    const others = Object.keys(metafile.inputs).filter((each) => !each.startsWith("page/"));
    expect(others).toEqual(["lib/amounts.ts"]);
  });
});
