// Containers put into service in a real proxy, as a release does it.
// @module-tag long
import { readFileSync } from "node:fs";
import { request, Agent, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverStates } from "#release/haproxy/state";
import { withServers } from "#release/haproxy/servers";
import {
  cleanUp,
  docker,
  hardened,
  logs,
  publishedPort,
  root,
  tryDocker,
  untilHealthy,
} from "../../support/docker.js";
import { ask as askAt } from "../../support/front.js";
import { buildImages, volume, type Tags } from "../../support/images.js";
import { proxyTemplate } from "../../support/proxy.js";
import { inSession, put as putAt } from "../../support/put.js";

const prefix = "kimg-px";
const [network, proxy] = [`${prefix}-net`, `${prefix}-proxy`];
const [v1, v2] = [`${prefix}-v1`, `${prefix}-v2`];
const settings = { tcp: [{ port: 1982, target: 1982 }] };
const template = proxyTemplate(settings);
let tags: Tags = {};
let port = 0;

/** An app without a database answers all that is asked of it here. */
function app(name: string, version: string): Promise<string> {
  return docker([
    "run",
    "--detach",
    "--name",
    name,
    "--network",
    network,
    ...hardened,
    "--env",
    "DATABASE_URL=postgres://nobody@nowhere/none",
    "--env",
    `APP_VERSION=${version}`,
    "--health-interval",
    "1s",
    tags["sample-app"] ?? "",
  ]);
}

/** An app whose paths are ways of saying whether it can serve. */
async function readyApp(name: string): Promise<string> {
  const script = readFileSync(join(root, "test/e2e/fixtures/proxy/ready.cjs"), "utf8");
  await docker([
    "run",
    "--detach",
    "--name",
    name,
    "--network",
    network,
    ...hardened,
    "--env",
    `APP_VERSION=${name}`,
    "--no-healthcheck",
    "--entrypoint",
    "node",
    tags["sample-app"] ?? "",
    "-e",
    script,
  ]);
  return name;
}

beforeAll(async () => {
  await cleanUp(prefix);
  tags = await buildImages("proxy", "sample-app", "jobs");
  await docker(["network", "create", network]);
  await volume(tags, `${prefix}-config`, 99);
  await app(v1, "1");
  await app(v2, "2");
  await docker([
    "run",
    "--detach",
    "--name",
    proxy,
    "--network",
    network,
    ...hardened,
    "--user",
    "99:99",
    "--tmpfs",
    "/run/haproxy:uid=99,gid=99",
    "--volume",
    `${prefix}-config:/config`,
    "--restart",
    "unless-stopped",
    "--publish",
    "127.0.0.1::8080",
    "--health-interval",
    "1s",
    tags["proxy"] ?? "",
  ]);
  for (const name of [proxy, v1, v2]) await untilHealthy(name);
  port = await publishedPort(proxy, 8080);
});
afterAll(() => cleanUp(prefix));

/** `/health` is answered without a database. */
function put(host: string, more: { text?: string; readyPath?: string; seconds?: number } = {}) {
  const { text = template, readyPath = "/health", seconds = 20 } = more;
  return putAt(proxy, { template: text, hosts: [host], readyPath, seconds });
}

async function version(): Promise<unknown> {
  return (await askAt(port, "/version")).headers["x-app-version"];
}

function workerPid(): Promise<string> {
  return inSession(
    proxy,
    async (session) => /^Pid.*$/m.exec(await session.admin(["show info"]))?.[0] ?? "",
  );
}

describe("the proxy image", () => {
  it("asks clients to come back until a configuration is there", async () => {
    const { status, headers } = await askAt(port, "/");
    expect([status, headers["retry-after"]]).toEqual([503, "5"]);
  });

  it("takes its first configuration", async () => {
    expect(await put(v1)).toBe("reload");
    expect(await version()).toBe("1");
  });

  it("has nothing to do for the configuration it runs on", async () => {
    const before = await workerPid();
    expect(await put(v1)).toBe("nothing");
    expect(await workerPid()).toBe(before);
  });

  it.each([
    [
      "a keyword that does not exist",
      template.replace("global\n", "global\n  nonsense 1\n"),
      "unknown keyword 'nonsense'",
    ],
    ["nothing", "", "the new configuration leads to no container"],
    [
      "a backend without a server",
      template.replace(/^ *# servers at .*$/gm, ""),
      "the new configuration leads to no container",
    ],
  ])("refuses %s and goes on with the old one", async (_what, text, message) => {
    await expect(put(v2, { text })).rejects.toThrow(message);
    expect(await version()).toBe("1");
  });

  it("refuses a server that takes no connections", async () => {
    await expect(put(`${prefix}-nobody`, { seconds: 2 })).rejects.toThrow(
      `switch: ${prefix}-nobody:3000, ${prefix}-nobody:1982 takes no connection after 2 s (does the app listen on 0.0.0.0, and at app.port?)`,
    );
    expect(await version()).toBe("1");
  });

  it("runs on the configuration that it was given after a restart", async () => {
    await docker(["restart", proxy]);
    await untilHealthy(proxy);
    port = await publishedPort(proxy, 8080); // a free port is chosen at every start
    await expect.poll(version, { timeout: 30_000 }).toBe("1");
  });

  it("finishes a step that was killed between the file and the process", async () => {
    const place = { host: v2, used: true };
    const text = withServers(template, [
      { section: "app", server: "only-2", port: 3000, ...place },
      { section: "tcp-1982", server: "only-2", port: 1982, ...place },
    ]);
    await inSession(proxy, (session) => session.write("haproxy.cfg", text));
    expect(await put(v2)).toBe("servers");
    expect(await version()).toBe("2");
    const states = serverStates(
      await inSession(proxy, (session) => session.admin(["show servers state"])),
    );
    const serving = states.filter(({ up, inMaintenance }) => up && !inMaintenance);
    expect(serving.map(({ section, host }) => [section, host])).toEqual([
      ["app", v2],
      ["tcp-1982", v2],
    ]);
    // Nothing leads to the one before any more, so that its name is not looked up when it is gone.
    expect(states.filter(({ host }) => host === v1)).toEqual([]);
    expect(await put(v1)).toBe("servers");
  });

  it("makes a certificate once for a domain", async () => {
    const make = (domain: string) => docker(["exec", proxy, "make-self-signed", domain]);
    expect([
      await make("app.localhost"),
      await make("app.localhost"),
      await make("10.1.2.3"),
    ]).toEqual(["made", "kept", "made"]);
    expect(await make("10.1.2.3")).toBe("kept");
    const mode = await docker(["exec", proxy, "stat", "-c", "%a", "/config/tls/self-signed.pem"]);
    expect(mode).toBe("600");
  });

  it("is unhealthy when nothing answers on its admin socket", async () => {
    await docker(["exec", proxy, "mv", "/run/haproxy/admin.sock", "/run/haproxy/away.sock"]);
    const { code } = await tryDocker(["exec", proxy, "healthcheck"]);
    await docker(["exec", proxy, "mv", "/run/haproxy/away.sock", "/run/haproxy/admin.sock"]);
    expect(code).not.toBe(0);
  });
});

describe("the proxy's conversation", () => {
  it.each(["../etc/passwd", "/etc/passwd", "tls/../../etc/passwd", "elsewhere/self-signed.pem"])(
    "is about files of its volume alone: not '%s'",
    async (file) => {
      await expect(inSession(proxy, (session) => session.read(file))).rejects.toThrow(/^proxy: /);
    },
  );

  it("hands texts over as they are, whatever is in them", async () => {
    const text = "ü \u{1f680} 'a' \"b\" $c `d`\n\n  e\\n".repeat(4000);
    const read = await inSession(proxy, async (session) => {
      await session.write("odd.txt", text);
      const back = await session.read("odd.txt");
      await session.write("odd.txt", "");
      const empty = await session.read("odd.txt");
      await session.remove("odd.txt");
      return [back === text, empty, await session.read("odd.txt")];
    });
    expect(read).toEqual([true, "", ""]);
  });

  it("holds a lock against others, until it ends", async () => {
    const held = await inSession(proxy, (session) =>
      session.locked("apply", 1, async () => {
        const other = inSession(proxy, (another) =>
          another.locked("apply", 1, () => Promise.resolve("mine")),
        );
        return other.catch((error: unknown) => (error as Error).message);
      }),
    );
    expect(held).toBe('proxy: another one has had its lock "apply" for 1 s');
    expect(
      await inSession(proxy, (session) =>
        session.locked("apply", 1, () => Promise.resolve("mine")),
      ),
    ).toBe("mine");
  });
});

describe("an app's readiness", () => {
  const name = `${prefix}-ready`;
  beforeAll(() => readyApp(name));
  const servesNow = async () => (await askAt(port, "/version")).headers["x-app-version"];

  it.each([
    ["/404", "404 Not Found"],
    ["/301", "301 Moved Permanently"],
  ])("is not %s: what served before serves all the time", async (readyPath, answer) => {
    await put(v1);
    await expect(put(name, { readyPath, seconds: 3 })).rejects.toThrow(
      `switch: the proxy's check of ${name} at ${readyPath} fails after 3 s: it answers with status ${answer}`,
    );
    expect(await servesNow()).toBe("1");
    expect(await put(v1)).toBe("nothing");
  });

  it.each(["/204", "/host"])("is %s", async (readyPath) => {
    await put(v1);
    expect(await put(name, { readyPath })).toBe("servers");
    expect(await servesNow()).toBe(name);
  });

  it("is waited for where it comes late", async () => {
    await put(v1);
    await docker(["restart", "--time", "1", name]);
    expect(await put(name, { readyPath: "/later" })).toBe("servers");
    expect(await servesNow()).toBe(name);
    await put(v1);
  });

  it("is asked again of a container that comes back with another address", async () => {
    await put(name, { readyPath: "/204" });
    const address = () =>
      docker([
        "inspect",
        "--format",
        `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`,
        name,
      ]);
    const before = await address();
    await docker(["stop", "--time", "1", name]);
    await readyApp(`${prefix}-squatter`);
    await docker(["start", name]);
    expect(await address()).not.toBe(before);
    await expect.poll(servesNow, { timeout: 30_000 }).toBe(name);
    await put(v1);
  });
});

/** One request; the version that answered, or what went wrong. */
function ask(agent: Agent, path: string, again = false): Promise<string> {
  return new Promise((resolve) => {
    const asked = { port, host: "127.0.0.1", path, agent, headers: { host: "localhost" } };
    const call = request(asked, (response: IncomingMessage) => {
      response.resume();
      response.on("end", () => {
        const answered = String(response.headers["x-app-version"]);
        resolve(response.statusCode === 200 ? answered : `status ${String(response.statusCode)}`);
      });
    });
    call.on("error", (error) => {
      // A reload ends connections that wait for a request, and clients know that: they ask once more.
      if (again && call.reusedSocket) resolve(ask(agent, path));
      else resolve(error.message);
    });
    call.end();
  });
}

/** What clients get while something is done: those that keep their connection, slow ones, and ones that reconnect. */
async function underTraffic(work: () => Promise<void>, again = false): Promise<string[]> {
  const seen = new Set<string>();
  let stopping = false;
  const client = async (agent: Agent, path: string) => {
    while (!stopping) seen.add(await ask(agent, path, again));
    agent.destroy();
  };
  const clients = (count: number, path: string, keepAlive: boolean) =>
    Array.from({ length: count }, () => client(new Agent({ keepAlive, maxSockets: 1 }), path));
  const all = [
    ...clients(4, "/version", true),
    ...clients(4, "/slow?ms=500", true),
    ...clients(2, "/version", false),
  ];
  try {
    await work();
  } finally {
    stopping = true;
    await Promise.all(all);
  }
  return [...seen].toSorted();
}

describe("the proxy image, switched under traffic", () => {
  it("fails no request and keeps the process", async () => {
    await put(v1);
    const pid = await workerPid();
    const outcomes: string[] = [];
    const seen = await underTraffic(async () => {
      for (const host of [v2, v1, v2, v1, v2]) outcomes.push(await put(host));
    });
    expect([outcomes, seen]).toEqual([Array.from({ length: 5 }, () => "servers"), ["1", "2"]]);
    expect(await workerPid()).toBe(pid);
    expect(await version()).toBe("2");
  });

  it("fails no request while it loads another configuration, and while one is taken back", async () => {
    const seen = await underTraffic(async () => {
      expect(
        await put(v1, { text: proxyTemplate({ ...settings, limits: { requestTimeout: "9s" } }) }),
      ).toBe("reload");
      await expect(put(v2, { readyPath: "/nowhere", seconds: 2 })).rejects.toThrow("status 404");
    }, true);
    expect(seen).toEqual(["1", "2"]);
    expect(await version()).toBe("1");
    expect(await put(v1)).toBe("reload");
  });

  it("serves what served before when it was killed in the middle of a switch", async () => {
    await put(v1);
    const ready = `${prefix}-ready`;
    const went = put(ready, { readyPath: "/404", seconds: 20 }).then(
      () => "it went",
      (error: unknown) => (error as Error).constructor.name,
    );
    await expect
      .poll(
        async () => {
          const states = serverStates(
            await inSession(proxy, (session) => session.admin(["show servers state"])),
          );
          return states.some(({ host, draining }) => host === ready && draining);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    await docker(["kill", proxy]);
    expect(await went).toBe("ProxyGone");
    // Docker does not start again what was killed by hand.
    await docker(["start", proxy]);
    await untilHealthy(proxy);
    port = await publishedPort(proxy, 8080);
    await expect.poll(version, { timeout: 30_000 }).toBe("1");
    expect(await put(v2)).toBe("servers");
    expect(await version()).toBe("2");
    expect(await logs(proxy)).not.toContain(`Server app/${v1} is DOWN`);
  });
});
