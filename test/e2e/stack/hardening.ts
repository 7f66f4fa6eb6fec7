import { describe, expect, it } from "vitest";
import { docker, tryDocker } from "../../support/docker.js";
import { containerOf, type Workload } from "../../support/inspect.js";
import { stack } from "./shared.js";

const none = "0000000000000000";
const workloads: readonly Workload[] = ["app", "backup", "drill", "postgres", "proxy"];

/** The kernel's word on every process of a container, a mapping each. */
async function processesOf(id: string): Promise<Record<string, string>[]> {
  const text = await docker(["exec", id, "sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null; true"]);
  return text
    .split(/^(?=Name:)/m)
    .map((each) =>
      Object.fromEntries(each.split("\n").map((line) => line.split(/:\s*/, 2) as [string, string])),
    );
}

/** What every container is kept from. */
export function hardening(): void {
  describe.each(workloads)("the container %s", (workload) => {
    it("runs without root and without any capability, says the kernel", async () => {
      const processes = await processesOf((await containerOf(stack, workload)).Id);
      // The init, what it started, and the shell that asks.
      expect(processes.length).toBeGreaterThanOrEqual(3);
      for (const each of processes) {
        const ids = `${each["Uid"] ?? "0"}\t${each["Gid"] ?? "0"}`.split("\t");
        expect([each["Name"], ids.filter((id) => Number(id) === 0)]).toEqual([each["Name"], []]);
        expect(each).toMatchObject({
          CapInh: none,
          CapPrm: none,
          CapEff: none,
          CapBnd: none,
          CapAmb: none,
          NoNewPrivs: "1",
          Seccomp: "2",
        });
      }
    });

    it("writes nowhere but where it has to", async () => {
      const { Id, HostConfig } = await containerOf(stack, workload);
      expect(HostConfig.ReadonlyRootfs).toBe(true);
      for (const path of ["/", "/etc", "/usr/local/bin"]) {
        const { code, stderr } = await tryDocker(["exec", "-u", "0", Id, "touch", `${path}/new`]);
        expect([code, stderr]).toEqual([1, expect.stringContaining("Read-only file system")]);
      }
      const secret = ["sh", "-c", "ls /run/secrets >/dev/null && touch /run/secrets/new"];
      expect((await tryDocker(["exec", Id, ...secret])).code).not.toBe(0);
    });

    it("has limits", async () => {
      const { Id, HostConfig } = await containerOf(stack, workload);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.NanoCpus).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      // The kernel's own files, of cgroups version 2 or 1.
      const most = async (...files: string[]) =>
        docker(["exec", Id, "sh", "-c", `cat ${files.join(" ")} 2>/dev/null || true`]);
      const base = "/sys/fs/cgroup";
      expect(await most(`${base}/pids.max`, `${base}/pids/pids.max`)).toBe(
        String(HostConfig.PidsLimit),
      );
      expect(await most(`${base}/memory.max`, `${base}/memory/memory.limit_in_bytes`)).toBe(
        String(HostConfig.Memory),
      );
    });

    it("rotates its log, has an init, comes back after a reboot, and says whose it is", async () => {
      const { Config, HostConfig } = await containerOf(stack, workload);
      expect(HostConfig).toMatchObject({
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "5" } },
        Init: true,
        Privileged: false,
        CapDrop: ["ALL"],
        RestartPolicy: { Name: "unless-stopped" },
        SecurityOpt: ["no-new-privileges"],
      });
      expect(HostConfig.CapAdd ?? []).toEqual([]);
      expect(Config.Labels).toMatchObject({
        "dev.keelson.managed-by": "keelson",
        "dev.keelson.project": "e2e",
        "dev.keelson.stack": stack.name,
        "dev.keelson.workload": workload,
      });
    });
  });
}
