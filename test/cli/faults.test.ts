// A fault before and after every step of what exchanges data: what was live is live or kept, what is said of it is so,
// and the next run brings the stack back.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Dump } from "#cli/commands/import/dump";
import { importInto } from "#cli/commands/import";
import { messageOf, Failure } from "#cli/io/failure";
import { ask } from "#cli/io/docker";
import type { Release } from "#cli/stack/releases";
import { goBack } from "#cli/commands/rollback/data";
import { RestoreRunner } from "#cli/commands/restore/place";
import type { RestoreRun } from "#cli/commands/restore/run";
import { restoreInto } from "#cli/commands/restore";
import { finishInterrupted } from "#cli/commands/restore/swap";
import { Services } from "#cli/commands/restore/services";
import { settingsFrom } from "#config";
import { faults, StandIn, type Fault } from "../support/stand-in.js";

const folder = mkdtempSync(join(tmpdir(), "keelson-faults-"));
const file = join(folder, "a.dump");
writeFileSync(file, "PGDMP");
afterAll(() => {
  rmSync(folder, { recursive: true });
  vi.useRealTimers();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

const settings = settingsFrom({ environment: "local", app: { name: "shop", image: "shop:1" } });
const options = { stack: "test", yes: true, replace: true, dump: file };

/** The run of a command on the stand-in. */
async function open(on: StandIn, said: string[] = []): Promise<RestoreRun> {
  const of = { docker: on.docker, settings, stack: "test" };
  const say = (line: string) => {
    said.push(line);
  };
  const place = await RestoreRunner.of(of, "jobs");
  const done = () => Promise.resolve();
  const services = new Services(of, say);
  return { options, of, place, services, releases: [release], say, release: done };
}

/** What each command does once the stack is taken. */
const commands: Record<string, (on: StandIn, run: RestoreRun) => Promise<void>> = {
  import: async ({ docker }, run) => {
    const url = new URL("postgres://m:p@postgres/live");
    const dump = new Dump(file, { docker, image: "jobs", network: "data", url });
    await importInto(run, { dump, read: await dump.read() }, options);
  },
  "restore --at": (_, run) => restoreInto(run, { kind: "at", asked: "latest" }, options),
  "restore --dump": (_, run) => restoreInto(run, { kind: "dump", asked: "a.dump" }, options),
  "restore --undo of a dump": (_, run) => restoreInto(run, { kind: "undo" }, options),
  "restore --undo of a point in time": (_, run) => restoreInto(run, { kind: "undo" }, options),
  "rollback --with-data, to a point": (on, run) => rollback(on, run, "point", restorePoint),
  "rollback --with-data, to a dump": (on, run) => rollback(on, run, "dump", "a.dump"),
};

const restorePoint = "before-1-20260101T000000Z";
const release = { id: "r2", begin: "then", migration: { restorePoint } } as unknown as Release;

async function rollback(on: StandIn, run: RestoreRun, kind: "point" | "dump", asked: string) {
  const goLive = async () => {
    await ask(on.docker, ["live"]);
  };
  const to = { ...release, id: "r1" };
  await goBack(run, { kind, asked, release }, { to, announce: () => undefined, goLive }, options);
}

/** A stack as the command finds it; `was` is live, `will` once the command is through. */
async function stage(name: string) {
  const on = new StandIn();
  const undo = name.startsWith("restore --undo");
  if (undo) {
    const first = name.endsWith("dump") ? "restore --dump" : "restore --at";
    await commands[first]?.(on, await open(on));
  }
  return { on, ...(undo ? { was: "new", will: "old" } : { was: "old", will: "new" }) };
}

async function perform(name: string, on: StandIn, said: string[]): Promise<unknown> {
  try {
    const run = await open(on, said);
    if ((await finishInterrupted(run)) === undefined) await commands[name]?.(on, run);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function callsOf(name: string): Promise<readonly string[]> {
  const { on } = await stage(name);
  on.disarm();
  expect(await perform(name, on, [])).toBeUndefined();
  return on.calls;
}

/** What is wrong with how a command ended that had a fault. */
async function wrongs(name: string, at: number, fault: Fault): Promise<string[]> {
  const { on, was, will } = await stage(name);
  const said: string[] = [];
  on.arm(at, fault);
  const error = await perform(name, on, said);
  const call = on.calls[at - 1] ?? "no call";
  const wrong: string[] = [];
  const require = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`${fault} at ${at} (${call}): ${what}; it said: ${messageOf(error)}`);
  };
  const { live, kept } = on.contents;
  require(live === was || live === will, `live is ${String(live)}`);
  require(kept.includes(was), `${was} is gone`);
  if (fault.startsWith("fails") && error !== undefined) {
    const text = messageOf(error);
    require(error instanceof Failure, `no failure that a person can act on`);
    const saysLive = /data is live|data are those of before|is live with the data of before/.test(
      text,
    );
    require((live === will) === saysLive, `live is ${String(live)}, which it does not say`);
    const back = on.running.has("app") && on.running.has("postgres") && !on.maintenance;
    const says = /Maintenance stays on|Run the command again|maintenance off/;
    require(back ||
      says.test([...said, text].join("\n")), `the stack does not run, which it does not say`);
  }
  // A person who does as it says: brings the app and turns maintenance off, or runs the same command again.
  on.disarm();
  if (error instanceof Failure && /Maintenance stays on|maintenance off/.test(error.message)) {
    on.running.add("app");
    on.maintenance = false;
  }
  const whole = () => on.running.has("app") && !on.maintenance && on.contents.live === will;
  for (let tries = 0; tries < 2 && !whole(); tries++) {
    said.length = 0;
    await perform(name, on, said);
    // It was on when this began, and nobody but a person knows why.
    if (said.some((each) => each.startsWith("Maintenance stays on, as it was"))) {
      on.maintenance = false;
    }
  }
  const run = await open(on);
  await finishInterrupted(run);
  require(on.contents.live === will, `run again, live is ${String(on.contents.live)}`);
  require(on.contents.kept.includes(was), `run again, ${was} is gone`);
  require(["app", "postgres"].every((each) =>
    on.running.has(each),
  ), "run again, the stack does not run");
  require(!on.maintenance, "run again, maintenance is on");
  return wrong;
}

describe.each(Object.keys(commands))("%s", (name) => {
  it.each(faults)("where any step %s", async (fault) => {
    const calls = await callsOf(name);
    expect(calls.length).toBeGreaterThan(20);
    const wrong: string[] = [];
    for (let at = 1; at <= calls.length; at++) wrong.push(...(await wrongs(name, at, fault)));
    expect(wrong).toEqual([]);
  });
});
