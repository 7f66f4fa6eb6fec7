// What Docker and its cgroups tell of containers that run, but not as they should.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labelArgs } from "#cli/io/docker";
import { runningProblems } from "#cli/stack/running/judge";
import { probeRunning } from "#cli/stack/running/probe";
import { settingsFrom } from "#config";
import { dockerAt } from "#lib/docker";
import { cleanUp, docker, hardened, until } from "../../support/docker.js";
import { buildImages, type Tags } from "../../support/images.js";

const [app, stack] = ["kimg-running", "test"];
const settings = settingsFrom({ environment: "local", app: { name: app, image: "any:1.0" } });
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp(app);
  tags = await buildImages("jobs", "proxy");
});
afterAll(() => cleanUp(app));

function start(workload: string, ...args: string[]): Promise<string> {
  const labels = labelArgs(app, stack, workload);
  const policy = ["--restart", "unless-stopped", "--network", "none", "--no-healthcheck"];
  const run = ["run", "--detach", "--name", `${app}-${workload}`, ...hardened, ...policy];
  return docker([...run, ...labels, ...args]);
}

const problems = async () =>
  runningProblems(await probeRunning(dockerAt(), app, stack), settings, "--stack test").map(
    ({ level, workload, text }) => `${level} ${workload}: ${text}`,
  );
const found = (workload: string) => async () =>
  (await problems()).find((each) => each.split(" ")[1] === `${workload}:`);

describe("the containers of a stack", () => {
  it("tell of a child that was killed for memory, while the container goes on", async () => {
    const script = "tail /dev/zero; exec sleep 600";
    const memory = ["--memory", "32m", "--memory-swap", "32m"];
    await start("app", ...memory, "--entrypoint", "sh", tags["jobs"] ?? "", "-c", script);
    expect(await until("a process is killed", found("app"))).toMatch(
      /^warn app: A process in kimg-running-app was killed for memory since it started at \S+Z; raise app\.memory \(256MiB\) and run keelson up\.$/,
    );
  });

  it("tell of one that does not stay up", async () => {
    await start("backup", "--entrypoint", "sh", tags["jobs"] ?? "", "-c", "exit 3");
    expect(await until("Docker waits to start it again", found("backup"))).toMatch(
      /^fail backup: kimg-running-backup does not stay up: Docker has restarted it (once|\d+ times), and it ended last at \S+Z \(exit code 3\); see `docker logs kimg-running-backup`\.$/,
    );
  });

  it("tell of a proxy whose only server is down", async () => {
    const config = [
      "global",
      "  stats socket /run/haproxy/admin.sock level admin",
      "defaults",
      "  mode http",
      "  timeout connect 1s",
      "  timeout client 1s",
      "  timeout server 1s",
      "backend app",
      "  server only-1 127.0.0.1:9 check inter 200ms fall 1",
      "  server only-2 127.0.0.1:9 check disabled",
      "",
    ];
    const file = ["--tmpfs", "/run/haproxy:uid=99,gid=99", "--env", `CONFIG=${config.join("\n")}`];
    const script =
      'printf "%s" "$CONFIG" >/tmp/haproxy.cfg && exec haproxy -W -db -f /tmp/haproxy.cfg';
    await start("proxy", ...file, "--entrypoint", "sh", tags["proxy"] ?? "", "-c", script);
    expect(await until("the server is down", found("proxy"))).toMatch(
      /^fail proxy: kimg-running-proxy has no server of the app in service since \S+Z, so clients get 503; see `docker logs kimg-running-app`, or roll back with `keelson rollback --stack test`\.$/,
    );
  });
});
