import { describe, expect, it } from "vitest";
import type { CommandResult } from "#lib/run-process";
import { readyAlone } from "#release/ready-alone";
import { FakeContainers } from "../support/fake-containers.js";
import { fakeContext } from "../support/step-context.js";

interface Given {
  /** The result of its health test, when it is run. Default: it fails. */
  readonly test?: Partial<CommandResult>;
  /** States one look after another; the last one stays. `gone`: there is no such container. */
  readonly states: readonly string[];
  /** Seconds that it may take. */
  readonly timeout?: number;
  /** Seconds that each look at the container takes. */
  readonly lookTakes?: number;
  readonly other?: (command: string) => Partial<CommandResult> | undefined;
}

const fails = { code: 1, stderr: "not yet\n" };

function ready({
  states,
  test = fails,
  timeout = 3,
  lookTakes = 0,
  other = () => undefined,
}: Given) {
  const containers = new FakeContainers();
  const container = containers.add({
    id: "abc",
    name: "postgres",
    log: "the last words\n",
    healthSays: test,
  });
  const environment = {
    CONTAINER: "abc",
    PIDS: "100",
    TIMEOUT: String(timeout),
    SIBLINGS: "--filter label=stack=a",
  };
  const context = fakeContext(environment, containers.docker);
  containers.looked = (_container, look) => {
    void context.wait(lookTakes * 1000);
    const state = states[Math.min(look, states.length) - 1] ?? "";
    if (state === "gone") containers.remove("abc");
    const [status = "", health = ""] = state.split("/");
    Object.assign(container, { status, health: health === "" ? undefined : health });
  };
  containers.other = (command) => other(command) ?? timeline(command);
  const looks = () => context.asked.filter((command) => command === "container inspect abc").length;
  return { context, looks, run: () => readyAlone(context) };
}

/** What Docker says of the times of a start. */
function timeline(command: string): Partial<CommandResult> | undefined {
  if (command.startsWith("inspect --format container")) return { stdout: "container abc\n" };
  if (command.startsWith("info ")) return { stdout: "now\n" };
  if (command.startsWith("events ")) return { stdout: "event 1 old kill\n" };
  return undefined;
}

describe("readyAlone", () => {
  it("limits processes, then passes a container that is healthy", async () => {
    const { context, looks, run } = ready({ states: ["running/healthy"] });
    await run();
    expect([context.asked[0], looks()]).toEqual(["update --pids-limit 100 abc", 1]);
  });

  it.each(["running/starting", "running/unhealthy"])(
    "passes one that Docker calls %s as soon as its health test passes",
    async (state) => {
      const { context, looks, run } = ready({ states: [state], test: {} });
      await run();
      expect([looks(), context.asked[2]]).toEqual([1, "exec abc healthy"]);
    },
  );

  it("waits for a container that is starting", async () => {
    const { looks, run } = ready({ states: ["running/starting", "running/healthy"] });
    await run();
    expect(looks()).toBe(2);
  });

  it("looks again where a look took longer than the time there is", async () => {
    const states = ["running/starting", "running/healthy"];
    const { looks, run } = ready({ states, lookTakes: 7 });
    await run();
    expect(looks()).toBe(2);
  });

  it("gives up when its time is over, not before, and soon after", async () => {
    const { context, run } = ready({ states: ["running/starting"] });
    await expect(run()).rejects.toThrow(
      "container abc is running/starting, not healthy; its health test ended with 1: not yet",
    );
    expect(context.now()).toBeGreaterThanOrEqual(3000);
    expect(context.now()).toBeLessThan(4000);
  });

  it.each([0, -2])("looks once where there are %d seconds left", async (timeout) => {
    const { context, looks, run } = ready({ states: ["running/starting"], timeout });
    await expect(run()).rejects.toThrow("not healthy");
    expect([looks(), context.now()]).toEqual([1, 0]);
  });

  it("records when it was created, started and probed, and what Docker saw of the one before it", async () => {
    const { context, run } = ready({ states: ["running/healthy"] });
    await run();
    expect(context.printed).toEqual(["container abc", 'probe 0 "now"', "event 1 old kill"]);
    expect(context.asked.at(-1)).toContain(
      "events --since 1 --until now --filter label=stack=a --filter type=container --filter event=kill",
    );
  });

  it.each(["inspect --format", "info", "events"])(
    "passes a healthy container whose times can't be had: %s",
    async (begin) => {
      const { context, run } = ready({
        states: ["running/healthy"],
        other: (command) =>
          command.startsWith(begin) ? { code: 1, stderr: "no answer\n" } : undefined,
      });
      await run();
      expect([context.printed, context.said]).toEqual([
        [],
        ["how long its start took could not be found out: no answer"],
      ]);
    },
  );

  it.each(["running/unhealthy", "running/starting", "exited/unhealthy", "running/"])(
    "fails one that stays %s, with its last log lines",
    async (state) => {
      const { context, run } = ready({ states: [state] });
      await expect(run()).rejects.toThrow(`container abc is ${state}, not healthy`);
      expect(context.asked.at(-1)).toBe("logs --tail 50 abc");
      expect(context.said).toEqual(["the last 50 log lines of abc:", "the last words"]);
    },
  );

  it("fails when the container is gone, and at once when it can't be limited", async () => {
    await expect(ready({ states: ["gone"] }).run()).rejects.toThrow("container abc is gone");
    const { context, run } = ready({
      states: ["running/healthy"],
      other: (command) =>
        command.startsWith("update ") ? { code: 1, stderr: "no cgroup" } : undefined,
    });
    await expect(run()).rejects.toThrow("abc: its process limit can't be set: no cgroup");
    expect(context.asked).toHaveLength(1);
  });
});
