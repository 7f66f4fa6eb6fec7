// A process's name, asked without a pause while the containers behind it change.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameProxyConfig, type NamedProcess } from "#components/name-proxy/config";
import { dockerAt } from "#lib/docker";
import { leaveNames } from "#release/names";
import { instancesAlias } from "#workload/networks";
import { cleanUp, docker, hardened, until } from "../../support/docker.js";
import { buildImages } from "../../support/images.js";
import { fakeContext } from "../../support/step-context.js";

const prefix = "kimg-name";
const network = `${prefix}-net`;
const stack = `${prefix}-stack`;
const port = 3001;
let images: Readonly<Record<string, string>>;

/** Busy: when the signal comes there are always connections that it has not read from. */
const site = `
  const server = require("node:http").createServer((request, response) => {
    const until = Date.now() + 20;
    while (Date.now() < until);
    response.end("well");
  });
  server.listen(${String(port)});
  process.on("SIGTERM", () => server.close());
`;

/** Asks without a pause, by a new connection each time, and counts what was not answered. */
const asking = `
  const { request } = require("node:http");
  let answered = 0;
  const ask = (url) => new Promise((resolve) => {
    const sent = request(url, { method: "POST", agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode === 200 ? undefined : response.statusCode));
    });
    sent.on("error", (error) => resolve(error.message)).end("work");
  });
  const client = async (url) => {
    for (;;) {
      const failure = await ask(url);
      if (failure !== undefined) console.log("failed " + url + " " + failure);
      else if (++answered % 100 === 0) console.log("answered " + answered);
    }
  };
  for (const url of process.argv.slice(1)) for (let each = 0; each < 8; each++) client(url);
`;

const ways: Readonly<Record<string, NamedProcess["asked"]>> = {
  tcp: undefined,
  http: { path: "/health", host: "shop.com", scheme: "https", statuses: "200" },
};

const detached = (name: string) => ["run", "--detach", "--name", name, "--network", network];

/** A process behind both names. */
async function startSite(number: number): Promise<void> {
  const alias = Object.keys(ways).flatMap((way) => ["--network-alias", instancesAlias(way)]);
  const named = [...detached(`${prefix}-site-${String(number)}`), ...alias, ...hardened];
  const run = [...named, "--no-healthcheck", "--entrypoint", "node", images["sample-app"] ?? ""];
  await docker([...run, "--eval", site]);
}

async function startName(way: string): Promise<void> {
  const asked = ways[way];
  const process = { name: way, port, replicas: 1, ...(asked === undefined ? {} : { asked }) };
  await docker([
    ...detached(`${prefix}-${way}`),
    ...["--network-alias", way, ...hardened, "--label", `dev.keelson.workload=name`],
    ...["--label", `dev.keelson.stack=${stack}`, "--pids-limit", "32", "--no-healthcheck"],
    ...["--tmpfs", "/run/haproxy:rw,noexec,nosuid,nodev,size=1m,uid=99,gid=99"],
    ...["--env", `CONFIGURATION=${nameProxyConfig(process)}`],
    ...["--entrypoint", "/usr/local/bin/name-proxy", images["proxy"] ?? ""],
  ]);
}

/** The places of a name that lead somewhere and are up, and how many of all get no new connection. */
async function places(way: string): Promise<{ up: number; drained: number }> {
  const ask = "echo 'show servers state instances' | socat - UNIX-CONNECT:/run/haproxy/admin.sock";
  const lines = (await docker(["exec", `${prefix}-${way}`, "sh", "-c", ask])).split("\n");
  const rows = lines.map((line) => line.split(" ")).filter((fields) => fields.length > 18);
  return {
    up: rows.filter((fields) => fields[4] !== "-" && fields[5] === "2").length,
    drained: rows.filter((fields) => (Number(fields[6]) & 0x08) !== 0).length,
  };
}

const untilUp = (count: number) =>
  until(`${String(count)} containers behind each name`, async () => {
    const all = await Promise.all(Object.keys(ways).map(places));
    return all.every(({ up }) => up === count);
  });

beforeAll(async () => {
  await cleanUp(prefix);
  images = await buildImages("proxy", "sample-app");
  await docker(["network", "create", network]);
  await startSite(1);
  await Promise.all(Object.keys(ways).map(startName));
  await untilUp(1);
});
afterAll(() => cleanUp(prefix));

describe("a process's name", () => {
  it("loses no request while one container after the other takes the place of the one before", async () => {
    const urls = Object.keys(ways).map((way) => `http://${way}:${String(port)}/`);
    const caller = [...detached(`${prefix}-caller`), ...hardened, "--no-healthcheck"];
    const image = images["sample-app"] ?? "";
    await docker([...caller, "--entrypoint", "node", image, "--eval", asking, ...urls]);
    const filters = `--filter label=dev.keelson.workload=proxy --filter label=dev.keelson.stack=${stack}`;
    const step = { ...fakeContext({ PROXY_FILTERS: filters }), docker: dockerAt() };
    for (const number of [1, 2, 3]) {
      await startSite(number + 1);
      await untilUp(2);
      const old = `${prefix}-site-${String(number)}`;
      await leaveNames(step, [old]);
      expect(await Promise.all(Object.keys(ways).map(places))).toEqual([
        { up: 2, drained: 1 },
        { up: 2, drained: 1 },
      ]);
      await docker(["stop", old]);
      await docker(["rm", old]);
      await untilUp(1);
      await until("every place open again", async () => {
        const all = await Promise.all(Object.keys(ways).map(places));
        return all.every(({ drained }) => drained === 0);
      });
    }
    const lines = (await docker(["logs", `${prefix}-caller`])).split("\n");
    expect(lines.filter((line) => line.startsWith("failed"))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("answered")).length).toBeGreaterThan(3);
    expect(step.said).toEqual([]);
  });

  it("changes nothing for a container that it does not lead to", async () => {
    const other = ["exec", `${prefix}-tcp`, "/usr/local/bin/leave-name", "192.0.2.1"];
    expect(await docker(other)).toBe("");
    expect(await places("tcp")).toEqual({ up: 1, drained: 0 });
  });
});
