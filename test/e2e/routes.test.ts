// Services with routes are sites of their own, which a release switches with the app, without a request lost.
import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { long } from "../support/long.js";
import { callers } from "../support/callers.js";
import { takePorts } from "../support/claims.js";
import { docker } from "../support/docker.js";
import { runningServices, script } from "../support/services/work.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");

/** The image has no program that asks. */
const isWell =
  "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))";

const site = {
  command: script("site"),
  port: 3001,
  // Starting node takes seconds where both processors are busy.
  health: {
    command: ["node", "--eval", isWell],
    startPeriod: "1s",
    interval: "15s",
    timeout: "10s",
  },
  memory: "128MiB",
};
const web = {
  ...site,
  routes: [{ path: "/web", stripPrefix: true }, { host: "www.localhost" }],
};
const blog = { ...site, port: 3002, replicas: 2, routes: [{ path: "/web/blog" }] };

const stack = new Stack("test-routes", {
  app: { version: "1", health: { startPeriod: "1s" } },
  services: { web },
  postgres: { adminPort: ports.admin },
  proxy: {
    domains: ["localhost", "www.localhost"],
    httpPort: ports.http,
    bind: ["127.0.0.1", "::1"],
    healthPath: "/proxy-health",
    privatePaths: [{ path: "/private", deny: true }],
  },
  backup: { enabled: false },
  release: { drain: "3s", watch: { window: "3s", minRequests: 10, maxErrorShare: 0.2 } },
});

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

interface Got {
  readonly status: number;
  /** What a site says of itself; undefined of another answer. */
  readonly said?: { readonly site: string; readonly path: string; readonly prefix: string | null };
}

function ask(path: string, host = "localhost", agent: Agent | false = false): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: ports.http, path, agent, headers: { host } };
    const sent = request(options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0 } = response;
        const said = text.startsWith('{"site"') ? (JSON.parse(text) as Got["said"]) : undefined;
        resolve(said === undefined ? { status } : { status, said });
      });
    });
    sent.setTimeout(15_000, () => sent.destroy(new Error(`${path} took longer than 15 s`)));
    sent.on("error", reject);
    sent.end();
  });
}

/** Runs `keelson up` while clients ask for some paths, each by fresh connections and by kept ones. */
async function upUnderLoad(...paths: string[]) {
  const agent = new Agent({ keepAlive: true });
  const failed: string[] = [];
  const sites = new Set<string>();
  let stopped = false;
  const client = async (path: string, by: Agent | false) => {
    while (!stopped) {
      try {
        const { status, said } = await ask(path, "localhost", by);
        if (status !== 200) failed.push(`${path} ${String(status)}`);
        if (said !== undefined) sites.add(`${path} ${said.site}`);
      } catch (error) {
        failed.push(`${path} ${String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const clients = paths.flatMap((path) => [client(path, agent), client(path, false)]);
  const { code, stdout, stderr } = await stack.keelson("up");
  stopped = true;
  await Promise.all(clients);
  agent.destroy();
  return { code, text: stdout + stderr, failed, sites: [...sites].sort() };
}

const proxyId = () =>
  docker([
    ...["ps", "--no-trunc", "--quiet", "--filter", "label=dev.keelson.workload=proxy"],
    ...stack.filter,
  ]);

describe("a service with routes", () => {
  it("gets what its routes say, and the app the rest", async () => {
    const answered = async (path: string, host?: string) => {
      const { said, status } = await ask(path, host);
      return said === undefined ? String(status) : `${said.path} ${String(said.prefix)}`;
    };
    expect(await answered("/web/x?y=1")).toBe("/x?y=1 /web");
    expect(await answered("/web")).toBe("/ /web");
    expect(await answered("/web//evil.example")).toBe("/evil.example /web");
    expect(await answered("/a", "www.localhost")).toBe("/a null");
    expect(await answered("/webx")).toBe("404");
    expect(await answered("/version")).toBe("200");
    // A private path stays one where the service has it below the prefix.
    expect(await answered("/web/%70rivate")).toBe("404");
    expect(await answered("/private", "www.localhost")).toBe("404");
    // By address, as a load balancer asks, and at both addresses of the host.
    const byAddress = async (at: string) => {
      const path = `http://${at}:${String(ports.http)}/proxy-health`;
      return (await fetch(path)).text();
    };
    expect(await byAddress("127.0.0.1")).toBe("The proxy answers.\n");
    expect(await byAddress("[::1]")).toBe("The proxy answers.\n");
    expect((await ask("/", "192.0.2.1")).status).toBe(421);
    expect((await ask("/proxy-health")).status).toBe(404);
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("is switched by a release of its own, under load, without a request lost", async () => {
    const [proxy, before] = [await proxyId(), await runningServices(stack)];
    stack.configure({ services: { web: { env: { SITE: "2" } } } });
    const calling = await callers(stack, "http://web:3001/health");
    const { code, text, failed, sites } = await upUnderLoad("/web/x", "/version");
    const called = await calling.stop();
    expect([code, text]).toEqual([0, expect.any(String)]);
    expect([failed, sites]).toEqual([[], ["/web/x 1", "/web/x 2"]]);
    // By the name that processes call it by.
    expect(called.failed).toEqual([]);
    expect(called.answered).toBeGreaterThan(50);
    expect((await ask("/web/x")).said?.site).toBe("2");
    const after = await runningServices(stack);
    expect([after["app"], await proxyId()]).toEqual([before["app"], proxy]);
    expect(after["web"]).toHaveLength(1);
    expect(after["web"]).not.toEqual(before["web"]);
  });

  it(
    "goes on as before after a release in which it ends under its first clients",
    long,
    async () => {
      const before = await runningServices(stack);
      stack.configure({ app: { version: "2" }, services: { web: { env: { FAULT: "end" } } } });
      const { code, text, failed } = await upUnderLoad("/web/x", "/version");
      expect([code, text]).toEqual([
        1,
        expect.stringMatching(/has ended after \d+ s|check of .* fail/),
      ]);
      expect(failed).toEqual([]);
      expect(await runningServices(stack)).toEqual(before);
      expect((await ask("/web/x")).said?.site).toBe("2");
      stack.configure({ app: { version: "1" }, services: { web: { env: { FAULT: "" } } } });
    },
  );

  it("comes and goes with its routes, and neither replaces the proxy nor loses a request", async () => {
    const proxy = await proxyId();
    stack.configure({ services: { blog } });
    const added = await upUnderLoad("/web/x", "/version");
    expect([added.code, added.text]).toEqual([0, expect.any(String)]);
    expect(added.failed).toEqual([]);
    // The longer path wins, and nothing is stripped.
    expect((await ask("/web/blog/1")).said).toMatchObject({ path: "/web/blog/1", prefix: null });
    const { services, ...others } = stack.settings as { services: { web: object; blog: object } };
    stack.replace({ ...others, services: { blog: services.blog } });
    const removed = await upUnderLoad("/web/blog/1", "/version");
    expect([removed.code, removed.text]).toEqual([0, expect.any(String)]);
    expect(removed.failed).toEqual([]);
    expect([(await ask("/web/x")).status, await proxyId()]).toEqual([404, proxy]);
    expect(Object.keys(await runningServices(stack))).toEqual(["app", "blog"]);
  });
});
