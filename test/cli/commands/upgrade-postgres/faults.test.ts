// A fault before and after every step of an upgrade of the data: those of before are there, and what is said is so.
import { describe, expect, it, vi, afterAll, beforeAll } from "vitest";
import { Failure, messageOf } from "#cli/io/failure";
import { inMaintenance, type UpgradeSession } from "#cli/commands/upgrade-postgres/replace";
import type { Situation } from "#cli/commands/upgrade-postgres/situation";
import { settingsFrom } from "#config";
import { faults, type Fault } from "../../../support/stand-in.js";
import { UpgradeStandIn } from "../../../support/stand-in-upgrade.js";

const settings = settingsFrom({ environment: "local", app: { name: "shop", image: "shop:1" } });
const container = (id: string) => ({ id, name: id, running: true });
const situation = {
  from: 15,
  to: 17,
  recipes: [],
  image: "upgrade",
  volume: "v",
  server: container("postgres"),
  backup: container("backup"),
  drill: container("drill"),
} as unknown as Situation;

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

async function perform(on: UpgradeStandIn): Promise<unknown> {
  const session = { docker: on.docker, settings, target: { stack: "test", projectDirectory: "" } };
  try {
    await inMaintenance(session as unknown as UpgradeSession, situation, false, () => undefined);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function wrongs(at: number, fault: Fault): Promise<string[]> {
  const on = new UpgradeStandIn();
  on.arm(at, fault);
  const error = await perform(on);
  const text = messageOf(error);
  const wrong: string[] = [];
  const require = (holds: boolean, what: string) => {
    if (!holds)
      wrong.push(`${fault} at ${at} (${on.calls[at - 1] ?? ""}): ${what}; it said: ${text}`);
  };
  const { live, kept } = on.contents;
  require(kept.includes("old"), "old is gone");
  if (!fault.startsWith("fails")) return wrong;
  if (error === undefined) {
    require(live === "new", "it is not upgraded");
    return wrong;
  }
  require(error instanceof Failure, "no failure that a person can act on");
  const unknown = /^Whether the data are as they were is not known/.test(text);
  require(unknown ||
    (live === "new") === text.startsWith("The data were exchanged"), `live is ${String(live)}`);
  require(on.maintenance ===
    /Maintenance stays on/.test(text), "of maintenance it says something else");
  require(on.running.has("postgres") ||
    /Maintenance stays on|does not start/.test(text), "the server is stopped");
  return wrong;
}

describe("an upgrade", () => {
  it.each(faults)("where any step %s", async (fault) => {
    const whole = new UpgradeStandIn();
    expect([await perform(whole), whole.contents.live]).toEqual([undefined, "new"]);
    const wrong: string[] = [];
    for (let at = 1; at <= whole.calls.length; at++) wrong.push(...(await wrongs(at, fault)));
    expect(wrong).toEqual([]);
    expect(whole.calls.length).toBeGreaterThan(12);
  });
});
