// @module-tag long
import { request, Agent, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cleanUp,
  docker,
  hardened,
  logs,
  publishedPort,
  tryDocker,
  untilHealthy,
} from "../../support/docker.js";
import { buildImages, volume, type Tags } from "../../support/images.js";

const network = "kimg-px-net";
const proxy = "kimg-px-proxy";
let tags: Tags = {};
let port = 0;

/** An app without a database answers all that is asked of it here. */
function app(name: string, version: string): Promise<string> {
  return docker([
    ...["run", "--detach", "--name", name, "--network", network, ...hardened],
    ...["--env", "DATABASE_URL=postgres://nobody@nowhere/none", "--env", `APP_VERSION=${version}`],
    ...["--health-interval", "1s", tags["sample-app"] ?? ""],
  ]);
}

beforeAll(async () => {
  await cleanUp("kimg-px");
  tags = await buildImages("proxy", "sample-app", "jobs");
  await docker(["network", "create", network]);
  await volume(tags, "kimg-px-config", 99);
  await app("kimg-px-v1", "1");
  await app("kimg-px-v2", "2");
  await docker([
    ...["run", "--detach", "--name", proxy, "--network", network, ...hardened, "--user", "99:99"],
    ...["--tmpfs", "/run/haproxy:uid=99,gid=99", "--volume", "kimg-px-config:/config"],
    ...["--publish", "127.0.0.1::8080", "--health-interval", "1s", tags["proxy"] ?? ""],
  ]);
  for (const name of [proxy, "kimg-px-v1", "kimg-px-v2"]) await untilHealthy(name);
  port = await publishedPort(proxy, 8080);
});
afterAll(() => cleanUp("kimg-px"));

function configuration(fqdn: string, more = ""): string {
  return `global
  log stdout format raw local0 notice
  stats socket /run/haproxy/admin.sock mode 600 level admin
  hard-stop-after 30s
resolvers docker
  nameserver dns 127.0.0.11:53
  timeout resolve 1s
  timeout retry 1s
  hold valid 1s
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  ${more}
frontend http
  bind :8080
  default_backend app
backend app
  option httpchk GET /health
  server app ${fqdn}:3000 check inter 500ms resolvers docker init-addr none
listen tcp-1982
  bind :1982
  mode tcp
  server app ${fqdn}:1982 check inter 500ms resolvers docker init-addr none
`;
}

function apply(fqdn: string, text = configuration(fqdn), seconds = "20") {
  return tryDocker(["exec", "--interactive", proxy, "apply", "app", seconds], text);
}

async function version(): Promise<string | null> {
  return (await fetch(`http://127.0.0.1:${port}/version`)).headers.get("x-app-version");
}

function workerPid(): Promise<string> {
  return docker([
    "exec",
    proxy,
    "sh",
    "-c",
    "echo show info | socat - /run/haproxy/admin.sock | grep ^Pid",
  ]);
}

describe("the proxy image", () => {
  it("asks clients to come back until a configuration is applied", async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  });

  it("takes its first configuration", async () => {
    expect(await apply("kimg-px-v1")).toMatchObject({ code: 0, stdout: "reload\n" });
    expect(await version()).toBe("1");
  });

  it("has nothing to do for the configuration it runs on", async () => {
    const before = await workerPid();
    expect(await apply("kimg-px-v1")).toMatchObject({ code: 0, stdout: "nothing\n" });
    expect(await workerPid()).toBe(before);
  });

  it.each([
    [
      "a keyword that does not exist",
      configuration("kimg-px-v2", "nonsense 1"),
      "the new configuration is not valid",
    ],
    ["nothing", "", "no configuration came in"],
    [
      "a backend without a server",
      configuration("kimg-px-v2").replace(/^ *server .*$/gm, ""),
      "has no server in app",
    ],
  ])("refuses %s and goes on with the old one", async (_what, text, message) => {
    const { code, stderr } = await apply("kimg-px-v2", text);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(await version()).toBe("1");
  });

  it.each(["", "app/app", "app;quit"])("refuses the backend '%s'", async (target) => {
    const { code, stderr } = await tryDocker(["exec", proxy, "apply", target]);
    expect([code, stderr]).toEqual([1, "apply: say which backend, as in: apply app\n"]);
  });

  it("refuses a server that takes no connections", async () => {
    const { code, stderr } = await apply("kimg-px-nobody", undefined, "2");
    expect([code, stderr]).toEqual([
      1,
      "apply: kimg-px-nobody:3000 takes no connections after 2 s; the old configuration stays in service\n",
    ]);
    expect(await version()).toBe("1");
  });

  it("runs on the applied configuration after a restart", async () => {
    await docker(["restart", proxy]);
    await untilHealthy(proxy);
    port = await publishedPort(proxy, 8080); // a free port is chosen at every start
    await expect.poll(version, { timeout: 30_000 }).toBe("1");
  });

  it("finishes an apply that was killed between the file and the process", async () => {
    const script = "umask 077; cat >/config/haproxy.cfg";
    await docker(["exec", "--interactive", proxy, "sh", "-c", script], configuration("kimg-px-v2"));
    expect(await apply("kimg-px-v2")).toMatchObject({ code: 0, stdout: "servers\n" });
    expect(await version()).toBe("2");
    const show = "echo show servers state | socat - /run/haproxy/admin.sock | grep -c kimg-px-v2";
    expect(await docker(["exec", proxy, "sh", "-c", show])).toBe("2"); // HTTP and TCP
    expect(await apply("kimg-px-v1")).toMatchObject({ code: 0, stdout: "servers\n" });
  });

  it("makes a certificate once for a domain", async () => {
    const make = (domain: string) => docker(["exec", proxy, "self-signed", domain]);
    expect([
      await make("app.localhost"),
      await make("app.localhost"),
      await make("10.1.2.3"),
    ]).toEqual([...["made", "kept", "made"]]);
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

/** One request; the version that answered, or what went wrong. */
function ask(agent: Agent, path: string): Promise<string> {
  return new Promise((resolve) => {
    const call = request({ port, host: "127.0.0.1", path, agent }, (response: IncomingMessage) => {
      response.resume();
      response.on("end", () => {
        const answered = String(response.headers["x-app-version"]);
        resolve(response.statusCode === 200 ? answered : `status ${String(response.statusCode)}`);
      });
    });
    call.on("error", (error) => {
      resolve(error.message);
    });
    call.end();
  });
}

describe("the proxy image, switched under traffic", () => {
  it("fails no request and keeps the process", async () => {
    await apply("kimg-px-v1");
    const pid = await workerPid();
    const seen = new Map<string, number>();
    let stopping = false;
    const client = async (agent: Agent, path: string) => {
      while (!stopping) {
        const answer = await ask(agent, path);
        seen.set(answer, (seen.get(answer) ?? 0) + 1);
      }
      agent.destroy();
    };
    const alive = Array.from({ length: 4 }, () =>
      client(new Agent({ keepAlive: true, maxSockets: 1 }), "/version"),
    );
    const slow = Array.from({ length: 4 }, () =>
      client(new Agent({ keepAlive: true }), "/slow?ms=500"),
    );
    const fresh = Array.from({ length: 2 }, () =>
      client(new Agent({ keepAlive: false }), "/version"),
    );
    const outcomes: string[] = [];
    for (const fqdn of ["kimg-px-v2", "kimg-px-v1", "kimg-px-v2", "kimg-px-v1", "kimg-px-v2"]) {
      outcomes.push((await apply(fqdn)).stdout.trim());
    }
    stopping = true;
    await Promise.all([...alive, ...slow, ...fresh]);
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => "servers"));
    expect([...seen.keys()].sort()).toEqual(["1", "2"]);
    expect(await workerPid()).toBe(pid);
    expect(await version()).toBe("2");
    expect(await logs(proxy)).not.toContain("DOWN");
  });
});
