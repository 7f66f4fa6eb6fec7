import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readyScript } from "../../workload/running.js";

/**
 * `readyScript`, run by a shell against a `docker` that answers as told and writes down what it is asked, and against
 * a clock that goes on by what `sleep` and each look at a container take, not by what the machine does meanwhile.
 */
describe("readyScript", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-ready-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  interface Given {
    /** Seconds that it may take. */
    readonly timeout?: number;
    readonly states: readonly string[];
    /** Exit code of `docker update`. */
    readonly update?: number;
    /** Seconds that each look at the container takes. */
    readonly lookTakes?: number;
  }

  function ready({ states, update = 0, lookTakes = 0, timeout = 3 }: Given) {
    const calls = join(folder, "calls");
    const goOn = (by: string) => `echo $(( $(cat "${folder}/clock") + ${by} )) >"${folder}/clock"`;
    writeFileSync(join(folder, "clock"), "1700000000\n");
    writeFileSync(join(folder, "states"), states.map((state) => `${state}\n`).join(""));
    const commands = {
      date: `cat "${folder}/clock"`,
      sleep: goOn("$1"),
      docker: `echo "$*" >> "${calls}"
case "$1" in
  update) exit ${String(update)} ;;
  inspect)
    ${goOn(String(lookTakes))}
    state=$(head -n 1 "${folder}/states")
    [ "$state" = gone ] && exit 1
    tail -n +2 "${folder}/states" > "${folder}/rest"
    [ -s "${folder}/rest" ] && mv "${folder}/rest" "${folder}/states"
    echo "$state" ;;
  logs) echo "the last words" ;;
  info) echo now ;;
  events) echo "event 1 old kill" ;;
esac`,
    };
    for (const [name, script] of Object.entries(commands))
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", readyScript], {
      encoding: "utf8",
      env: {
        PATH: [folder, process.env["PATH"] ?? ""].join(delimiter),
        CONTAINER: "abc",
        PIDS: "100",
        TIMEOUT: String(timeout),
        SIBLINGS: "--filter label=stack=a",
      },
    });
    const waited = Number(readFileSync(join(folder, "clock"), "utf8")) - 1_700_000_000;
    return {
      status,
      stdout,
      stderr,
      waited,
      calls: readFileSync(calls, "utf8").trim().split("\n"),
    };
  }

  it("limits processes, then passes a container that is healthy", () => {
    const { status, calls } = ready({ states: ["running/healthy"] });
    expect(status).toBe(0);
    expect(calls[0]).toBe("update --pids-limit 100 abc");
    expect(inspected(calls)).toHaveLength(1);
  });

  it("waits for a container that is starting", () => {
    const { status, calls } = ready({ states: ["running/starting", "running/healthy"] });
    expect(status).toBe(0);
    expect(inspected(calls)).toHaveLength(2);
  });

  it("looks again where a look took longer than the time there is", () => {
    const states = ["running/starting", "running/healthy"];
    const { status, calls } = ready({ states, lookTakes: 7 });
    expect(status).toBe(0);
    expect(inspected(calls)).toHaveLength(2);
  });

  it("gives up when its time is over, not before", () => {
    const { status, waited } = ready({ states: ["running/starting"] });
    expect([status, waited]).toEqual([1, 4]);
  });

  it.each([0, -2])("looks once where there are %d seconds left", (timeout) => {
    const { status, waited, calls } = ready({ states: ["running/starting"], timeout });
    expect([status, waited, inspected(calls).length]).toEqual([1, 0, 1]);
  });

  it("records when it was created, started and probed, and what Docker saw of the one before it", () => {
    const { stdout, calls } = ready({ states: ["running/healthy", "container abc"] });
    expect(stdout).toBe("container abc\nevent 1 old kill\n");
    expect(calls.at(-1)).toContain(
      "events --since 1 --until now --filter label=stack=a --filter type=container --filter event=kill",
    );
  });

  it("passes a healthy container whose times can't be had", () => {
    const { status, stderr } = ready({ states: ["running/healthy", "gone"] });
    expect([status, stderr]).toEqual([0, "how long its start took could not be found out\n"]);
  });

  /** The questions for its health, not those for its times. */
  function inspected(calls: readonly string[]): string[] {
    return calls.filter((call) => call.includes("State.Status"));
  }

  it.each(["running/unhealthy", "running/starting", "exited/unhealthy", "running/"])(
    "fails one that stays %s, with its last log lines",
    (state) => {
      const { status, stderr, calls } = ready({ states: [state] });
      expect(status).toBe(1);
      expect(stderr).toContain(`container abc is ${state}, not healthy`);
      expect(calls.at(-1)).toBe("logs --tail 50 abc");
      expect(stderr).not.toContain("sh:");
    },
  );

  it("fails at once when the container is gone or can't be limited", () => {
    expect(ready({ states: ["gone"] })).toMatchObject({ status: 1 });
    expect(ready({ states: ["running/healthy"], update: 1 })).toMatchObject({ status: 1 });
  });
});
