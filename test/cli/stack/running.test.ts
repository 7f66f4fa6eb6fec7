import { describe, expect, it } from "vitest";
import { backupWorkloads, runningLines } from "#cli/stack/running";
import { settingsFrom } from "#config";
import type { Docker } from "#lib/docker";

const settings = settingsFrom({ environment: "prod", app: { name: "shop", image: "shop:1.0" } });
const options = { stack: "prod" };

const container = (workload: string) => ({
  Id: workload,
  Name: `/shop-prod-${workload}`,
  RestartCount: 2,
  State: {
    Restarting: true,
    OOMKilled: false,
    ExitCode: 1,
    StartedAt: "2026-03-02T10:00:00Z",
    FinishedAt: "2026-03-02T11:00:00Z",
  },
  Config: { Labels: { "dev.keelson.workload": workload } },
  HostConfig: { RestartPolicy: { Name: "unless-stopped" } },
});
const docker: Docker = (args) =>
  Promise.resolve({
    code: 0,
    stderr: "",
    stdout:
      args[0] === "ps" ? "app\nbackup" : JSON.stringify([container("app"), container("backup")]),
  });
const line = (workload: string) =>
  `Failing: shop-prod-${workload} does not stay up: Docker has restarted it 2 times, and it ended last at 2026-03-02T11:00:00Z (exit code 1); see \`docker logs shop-prod-${workload}\`.`;

describe("runningLines", () => {
  it("are of all containers, or of those that take and prove backups", async () => {
    expect(await runningLines(docker, settings, options)).toEqual([line("app"), line("backup")]);
    expect(await runningLines(docker, settings, options, backupWorkloads)).toEqual([
      line("backup"),
    ]);
  });

  it("say so where it can't be looked at, and stop nothing", async () => {
    const gone: Docker = () => Promise.resolve({ code: 1, stdout: "", stderr: "no route to host" });
    expect(await runningLines(gone, settings, options)).toEqual([
      "Whether the containers run as they should is not known: docker ps --quiet failed: no route to host",
    ]);
  });
});
