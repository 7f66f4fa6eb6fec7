import { describe, expect, it } from "vitest";
import { jobsCheck } from "#release/jobs/check";
import { jobsLive } from "#release/jobs/live";
import { jobsEnd, jobsRemove } from "#release/jobs/remove";
import { begun, world } from "../../support/step-world.js";

const parameters = {
  JOBS: JSON.stringify([{ process: "app", container: "j2", pids: 64 }]),
  RUNNER: "/runner",
  LEDGER: "/ledger",
  LONGEST: "120",
};

/** Jobs of a release before (`j1`, which runs) and of the new one (`j2`, created); `j0` has ended long since. */
function jobsWorld() {
  const stack = world(parameters);
  const { containers } = stack;
  const add = (id: string, status: string) =>
    containers.add({ id, name: `jobs-${id}`, status, health: "healthy" });
  const all = { j0: add("j0", "exited"), j1: add("j1", "running"), j2: add("j2", "created") };
  // What is in hand in the old one: one request for so many looks.
  let busy = 0;
  containers.other = (words) => {
    if (words.startsWith("ps --all") && words.includes("workload=jobs")) {
      return {
        stdout: Object.values(all)
          .map(({ id }) => id)
          .join("\n"),
      };
    }
    if (words.startsWith("volume ls")) return { stdout: "old-files\nlive-files\n" };
    if (words === "volume rm live-files") return { code: 1, stderr: "volume is in use - [j2]" };
    if (words.includes(" busy ")) return { stdout: busy-- > 0 ? "ask.1\n" : "" };
    return undefined;
  };
  return { ...stack, ...all, setBusy: (looks: number) => (busy = looks) };
}

const outcome = async (act: Promise<void>) => {
  try {
    await act;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe("jobs-live", () => {
  it("starts the new ones before it drains the old ones, and removes what has ended", async () => {
    const of = jobsWorld();
    expect(await outcome(jobsLive(of.context))).toBeUndefined();
    expect(of.asked("update", "start", "stop", "kill", "rm", "volume")).toEqual([
      "update --pids-limit 64 j2",
      "update --restart unless-stopped j2",
      "start j2",
      "update --restart no j1",
      "kill --signal TERM j1",
      "rm j0",
      "volume ls --quiet --filter label=dev.keelson.workload=jobs",
      "volume rm old-files",
      "volume rm live-files",
    ]);
    expect(of.context.said).toEqual([
      "jobs-j2 starts the jobs of app",
      "jobs-j1 starts no more jobs; what runs there comes to its end",
    ]);
  });

  it("waits for requests of the old ones alone", async () => {
    const of = jobsWorld();
    of.setBusy(3);
    expect(await outcome(jobsLive(of.context))).toBeUndefined();
    expect(of.asked("exec")).toEqual(Array(4).fill("exec j1 /runner busy /ledger http"));
    expect(of.context.said.slice(2)).toEqual([
      "waiting for requests of jobs: ask.1",
      "they ended after 0 s",
    ]);
  });

  it("goes on with what a killed run has begun", async () => {
    const of = jobsWorld();
    of.j2.status = "running";
    expect(await outcome(jobsLive(of.context))).toBeUndefined();
    expect(of.asked("start", "kill")).toEqual(["kill --signal TERM j1"]);
  });

  it("leaves the old ones where the new one does not start", async () => {
    const of = jobsWorld();
    of.j2.health = "unhealthy";
    of.j2.healthSays = { code: 1, stderr: "no ledger" };
    of.j2.log = "the ledger can't be written";
    expect(await outcome(jobsLive(of.context))).toBe(
      "jobs of app: jobs-j2 is running/unhealthy, not healthy; its health test ended with 1: no ledger (above). The release is live, and the jobs of before go on; run keelson up again once that is mended",
    );
    expect(of.context.said).toContain("the ledger can't be written");
    expect([of.j1.status, of.j2.status]).toEqual(["running", "exited"]);
    expect(of.asked("kill")).toEqual([]);
  });
});

describe("jobs-remove", () => {
  it("lets what runs come to its end, and leaves nothing", async () => {
    const of = jobsWorld();
    const other = of.containers.other;
    of.containers.other = (words) => {
      if (words === "kill --signal TERM j1") of.j1.status = "exited";
      return other(words);
    };
    expect(await outcome(jobsRemove(of.context))).toBeUndefined();
    expect(of.asked("kill", "stop", "rm")).toEqual([
      "kill --signal TERM j1",
      "rm --force j0",
      "rm --force j1",
      "rm --force j2",
    ]);
    expect(of.asked("volume").filter((words) => words.startsWith("volume ls"))).toEqual([
      "volume ls --quiet --filter label=dev.keelson.workload=jobs",
      "volume ls --quiet --filter label=dev.keelson.workload=jobs-ledger",
    ]);
  });

  it("leaves the volumes, which the state still has, where its containers alone are to end", async () => {
    const of = jobsWorld();
    of.j1.status = "exited";
    expect(await outcome(jobsEnd(of.context))).toBeUndefined();
    expect(of.asked("rm", "volume")).toEqual(["rm --force j0", "rm --force j1", "rm --force j2"]);
  });

  it("stops what does not end within the longest time of a job", async () => {
    const of = jobsWorld();
    expect(await outcome(jobsRemove(of.context))).toBeUndefined();
    expect(of.asked("stop")).toEqual(["stop j1"]);
  });
});

describe("jobs-check", () => {
  const checked = (image: string, run: { code?: number; stderr?: string }) => {
    const of = world({
      IMAGE: "shop:2",
      PROCESS: "app",
      RUNNER: "/runner",
      ONE_SHOT_RUN: JSON.stringify(["--user", "1:1", "shop:2", "check", "/jobs.json"]),
    });
    begun(of.proxy);
    of.containers.other = (words) => {
      if (words.startsWith("image inspect")) return { stdout: image };
      return words.startsWith("run ") ? run : undefined;
    };
    return of;
  };

  it("prints the entrypoint that commands go through", async () => {
    const of = checked('["/docker-entrypoint","--"]\n', {});
    expect(await outcome(jobsCheck(of.context, of.proxy.converse))).toBeUndefined();
    expect(of.context.printed).toEqual(['["/docker-entrypoint","--"]']);
    expect(of.asked("run")).toEqual([
      'run --rm --entrypoint /runner --env KEELSON_ENTRYPOINT=["/docker-entrypoint","--"] --user 1:1 shop:2 check /jobs.json',
    ]);
  });

  it("prints none of an image without one", async () => {
    const of = checked("null\n", {});
    expect(await outcome(jobsCheck(of.context, of.proxy.converse))).toBeUndefined();
    expect(of.context.printed).toEqual(["[]"]);
  });

  it("fails the release with what the runner says", async () => {
    const said = 'jobs.work.command: the image has no program "x" that this user may run';
    const of = checked("null\n", { code: 1, stderr: `${said}\n` });
    const reason = `jobs in the image of app: ${said}`;
    expect(await outcome(jobsCheck(of.context, of.proxy.converse))).toBe(reason);
    expect(of.record()).toMatchObject({ result: "failed", reason });
  });
});
