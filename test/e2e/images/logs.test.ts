// Lines that are kept after their container is gone, and shipped to a receiver that is away meanwhile.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logsSettings } from "#components/logs/settings";
import { shipperConfig } from "#components/logs/syslog-ng";
import { issue } from "../../support/certificates.js";
import { cleanUp, docker, hardened, tryDocker, until, untilHealthy } from "../../support/docker.js";
import { takeHostAddress } from "../../support/host-address.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "../../support/images.js";
import {
  startHttpReceiver,
  startSyslogReceiver,
  type LogReceiver,
} from "../../support/log-receiver.js";

const prefix = "kimg-logs";
const collector = `${prefix}-collector`;
const network = `${prefix}-host`;
const token = 'canary"of\\a$token`';
const perTenth = 1000;
const tenths = 50;
let tags: Tags = {};
let address = "";
let http: LogReceiver;
let syslog: LogReceiver;

beforeAll(async () => {
  await cleanUp(prefix);
  tags = await buildImages("logs", "jobs");
  address = await takeHostAddress(network);
  http = await startHttpReceiver();
  const certificate = issue({ addresses: [address] });
  syslog = await startSyslogReceiver(certificate);
  await docker(["volume", "create", `${prefix}-kept`]);
  await startCollector();
  await startShipper("http", {
    http: { url: `http://${address}:${http.port}/in`, header: "X-Key" },
  });
  const secure = { host: address, port: syslog.port, caSecret: "CA" };
  await startShipper("syslog", { syslog: secure }, { CA: certificate.certificate });
});
afterAll(async () => {
  await http.leave();
  await syslog.leave();
  await cleanUp(prefix);
  await tryDocker(["network", "rm", network]);
});

async function startCollector(folder = "/var/lib/docker/containers") {
  const root = await docker(["info", "--format", "{{.DockerRootDir}}/containers"]);
  const source = folder === "/var/lib/docker/containers" ? root : folder;
  const env = {
    KEELSON_STACK: prefix,
    PROJECT: "shop",
    STACK: "test",
    KEEP_SECONDS: "3600",
    KEEP_BYTES: String(256 * 2 ** 20),
    GOMEMLIMIT: "51MiB",
  };
  await docker([
    ...["run", "--detach", "--name", collector, ...hardened, "--user", "0:0", "--memory", "64m"],
    ...["--network", "none", "--tmpfs", "/run/logs", "--volume", `${prefix}-kept:/logs`],
    ...["--volume", `${source}:/containers:ro`, "--entrypoint", "/usr/local/bin/logs"],
    ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...["--health-cmd", "/usr/local/bin/logs healthy", "--health-interval", "1s"],
    ...[tags["logs"] ?? "", "collect"],
  ]);
  await untilHealthy(collector);
}

async function startShipper(name: string, ship: object, files: Record<string, string> = {}) {
  const of = `${prefix}-ship-${name}`;
  const config = shipperConfig(logsSettings.parse({ ship }).ship, prefix, token);
  await volume(tags, `${of}-secrets`, 10_005);
  await volume(tags, `${of}-state`, 10_005);
  const values = secretLines({ "syslog-ng.conf": config, ...files });
  await writeSecrets(tags, `${of}-secrets`, 10_005, values);
  const mounts = [`${prefix}-kept:/logs:ro`, `${of}-state:/state`, `${of}-secrets:/run/secrets:ro`];
  await docker([
    ...["run", "--detach", "--name", of, ...hardened, "--memory", "128m", "--network", network],
    ...["--tmpfs", "/run/logs:uid=10005,gid=10005", "--entrypoint", "/usr/local/bin/ship"],
    ...mounts.flatMap((each) => ["--volume", each]),
    ...["--health-cmd", "/usr/local/bin/ship-healthy", "--health-interval", "1s"],
    tags["logs"] ?? "",
  ]);
  await untilHealthy(of);
}

/** Runs a script in a container of the stack, as an app that logs, and deletes it at once. */
async function write(name: string, script: string) {
  const labels = ["dev.keelson.project=shop", "dev.keelson.stack=test", "dev.keelson.workload=app"];
  await docker([
    ...["run", "--name", `${prefix}-${name}`, "--detach", "--log-opt", "max-size=10m"],
    ...["--log-opt", "max-file=5", ...labels.flatMap((each) => ["--label", each])],
    ...["--network", "none", "--entrypoint", "bash", tags["logs"] ?? "", "-c", script],
  ]);
  await docker(["wait", `${prefix}-${name}`]);
  await docker(["rm", `${prefix}-${name}`]);
}

const kept = async (...args: string[]) => {
  const text = await docker(["exec", collector, "/usr/local/bin/logs", "read", ...args]);
  return text.split("\n").filter((each) => each !== "");
};
const numbersIn = (lines: readonly string[]) =>
  new Set(lines.flatMap((each) => /line (\d{9}) /.exec(each)?.[1] ?? []));
const padding = "x".repeat(80);

describe("lines of containers", () => {
  it("are kept when a container is gone within moments", async () => {
    const name = `${prefix}-short-0a1b2c3`;
    await write("short-0a1b2c3", "echo hello; echo 'ERROR: no' >&2; printf 'no end'");
    const lines = await until("the lines", async () => {
      const found = await kept("-only", name);
      return found.length >= 3 ? found : undefined;
    });
    const found = lines.map((each) => JSON.parse(each) as Record<string, unknown>);
    expect(found.map(({ message, level }) => [message, level])).toEqual(
      expect.arrayContaining([
        ["hello", undefined],
        ["ERROR: no", "error"],
        ["no end", undefined],
      ]),
    );
    const release = tags["logs"];
    expect(found[0]).toMatchObject({ stack: prefix, container: name, release });
  });

  it("reach a receiver that was away while 10,000 were written a second, all of them", async () => {
    await until("the first lines", () => Promise.resolve(http.lines.length > 0));
    expect(http.headers()).toMatchObject({ "x-key": token, "content-type": "application/json" });
    await http.leave();
    const loop = `for t in $(seq 0 ${tenths - 1}); do seq -f 'line %09.0f ${padding}' $((t * ${perTenth})) $((t * ${perTenth} + ${perTenth - 1})); sleep 0.1; done`;
    await write("many", loop);
    // Nor does it count as taken what a receiver refuses.
    await http.comeBack(401);
    await until("a refusal", () => Promise.resolve(http.refused() > 0));
    await http.comeBack();
    const all = perTenth * tenths;
    await until(`${all} lines`, () => Promise.resolve(numbersIn(http.lines).size === all), 60, 500);
    // What was under way when it left comes again, and no more.
    const again = http.lines.filter((each) => each.includes("line 0")).length - all;
    expect(again).toBeLessThanOrEqual(2000);
    for (const each of [collector, `${prefix}-ship-http`]) {
      const state = await docker([
        "inspect",
        "--format",
        "{{.State.OOMKilled}} {{.RestartCount}}",
        each,
      ]);
      expect([each, state]).toEqual([each, "false 0"]);
    }
  });

  it("arrive over syslog with TLS as RFC 5424 has it", async () => {
    const [line = ""] = await until("lines", () =>
      Promise.resolve(
        syslog.lines.some((each) => each.includes("ERROR: no"))
          ? syslog.lines.filter((each) => each.includes("ERROR: no"))
          : undefined,
      ),
    );
    const [, head, json = ""] = /^(<.*?) - - - (\{.*\})$/.exec(line) ?? [];
    expect(head).toMatch(/^<11>1 \d{4}-\d\d-\d\dT[\d:.]+Z kimg-logs short$/);
    expect(JSON.parse(json)).toMatchObject({ level: "error", message: "ERROR: no" });
  });

  it("go on where they were after the collector was killed", async () => {
    await docker(["kill", collector]);
    await docker(["start", collector]);
    await untilHealthy(collector);
    await write("after-0a1b2c3", "echo after");
    const all = ["many", "after-0a1b2c3"].map((each) => `${prefix}-${each}`).join(",");
    const lines = await until("the line", async () => {
      const found = await kept("-only", all);
      return found.some((each) => each.includes('"after"')) ? found : undefined;
    });
    expect(numbersIn(lines).size).toBe(perTenth * tenths);
  });
});

describe("the collector", () => {
  it("refuses a folder in which Docker does not keep its containers", async () => {
    await docker(["rm", "--force", collector]);
    await expect(startCollector("/srv")).rejects.toThrow(
      "logs.folder is not the folder in which Docker keeps its containers",
    );
  });
});
