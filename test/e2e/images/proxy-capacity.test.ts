// What clients do that are slow to read: the proxy has to have memory for as many of them as it takes.
// @module-tag long
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { capacity } from "#components/proxy/haproxy/capacity";
import { proxySettings } from "#components/proxy/settings";
import { mebibytes } from "#lib/size";
import { cleanUp, docker, root, until } from "../../support/docker.js";
import { ask, startFront, type Front } from "../../support/front.js";
import { buildImages } from "../../support/images.js";

const prefix = "kpxc";
const clients = `${prefix}-clients`;
// Nothing keeps the container to it: a proxy that needs more is seen, not killed.
const memory = "128MiB";
const overTls = { tls: { mode: "self-signed" }, memory };
let [front, image]: [Front, string] = [{} as Front, ""];

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
  image = (await buildImages("sample-app"))["sample-app"] ?? "";
});
afterEach(() => docker(["rm", "--force", clients]));
afterAll(() => cleanUp(prefix));

type Kind = "clear" | "tls" | "h2";

/** Starts them; what they have been answered so far, by status. */
async function slowClients(kind: Kind, connections: number, requests = 1) {
  const script = readFileSync(join(root, "test/e2e/fixtures/proxy/slow-clients.cjs"), "utf8");
  const args = [front.proxy, kind, String(connections), String(requests)];
  await docker([
    "run",
    "--detach",
    "--name",
    clients,
    "--network",
    `${prefix}-net`,
    "--init",
    "--no-healthcheck",
    "--entrypoint",
    "node",
    image,
    "-e",
    script,
    ...args,
  ]);
  return async () => {
    const last = (await docker(["logs", clients])).split("\n").at(-1) ?? "";
    return JSON.parse(last === "" ? "{}" : last) as Record<string, number>;
  };
}

/** KiB that the proxy's container uses, by either version of control groups. */
async function used(): Promise<number> {
  const files = "/sys/fs/cgroup/memory/memory.usage_in_bytes /sys/fs/cgroup/memory.current";
  const bytes = await docker(["exec", front.proxy, "sh", "-c", `cat ${files} 2>/dev/null || true`]);
  if (!/^\d+$/.test(bytes)) throw new Error(`this is no number of bytes: '${bytes}'`);
  return Number(bytes) / 1024;
}

const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((all, each) => all + each, 0);

describe("a proxy with as many clients as it takes, all slow", () => {
  it.each([
    ["in the clear", "clear", { memory }],
    ["over TLS", "tls", overTls],
  ] as const)(
    "has memory for them %s, is healthy and released to, and lets others wait",
    async (_what, kind, settings) => {
      await front.use(settings);
      const most = capacity(proxySettings.parse(settings));
      const answered = await slowClients(kind, most + 100);
      await until("it is full", async () => ((await answered())["200"] ?? 0) >= most);
      const one = ask(front[kind === "tls" ? "https" : "http"], "/text", {
        secure: kind === "tls",
      });
      const waited = await Promise.race([
        one.then(() => "answered"),
        new Promise((resolve) => setTimeout(resolve, 2000, "waits")),
      ]);
      expect(waited).toBe("waits");
      await docker(["exec", front.proxy, "healthcheck"]);
      expect(await front.use(settings, "two")).toBe("servers");
      expect(await answered()).toEqual({ 200: most });
      expect(await used()).toBeLessThan(mebibytes(memory) * 1024);
      await docker(["rm", "--force", clients]);
      expect((await one).status).toBe(200);
    },
  );

  it("refuses requests over HTTP/2 for which it has none, and no others", async () => {
    await front.use(overTls);
    const most = capacity(proxySettings.parse(overTls));
    const [connections, requests] = [20, 100];
    const answered = await slowClients("h2", connections, requests);
    await until("all are answered", async () => sum(await answered()) >= connections * requests);
    expect(await answered()).toEqual({ 200: most, 503: connections * requests - most });
    expect((await ask(front.https, "/text", { secure: true })).status).toBe(200);
    expect(await used()).toBeLessThan(mebibytes(memory) * 1024);
  });
});
