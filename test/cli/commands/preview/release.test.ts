import { describe, expect, it } from "vitest";
import { migrationOf, routingOf } from "#cli/commands/preview/release";
import { hidden, unknown, type Values } from "#cli/commands/preview/steps";
import { command, resources, route, said, step, type About } from "../../../support/preview.js";

function migration(op: string, old: string | undefined, now: string | undefined) {
  const inputs = (MIGRATION: string) => ({ environment: { MIGRATION } });
  const about: About = {
    name: "app-migrate",
    type: command,
    ...(old === undefined ? {} : { old: old === "" ? { environment: {} } : inputs(old) }),
    ...(now === undefined ? {} : { now: inputs(now) }),
  };
  return migrationOf(resources(step(op, about)));
}

describe("a migration", () => {
  const [one, two] = ['["app:1","migrate"]', '["app:2","migrate","--all"]'];
  it.each<[string, string, string | undefined, string, boolean | null, string]>([
    ["the first", "create", undefined, one, true, "runs: migrate."],
    ["with nothing new", "same", one, one, false, "does not run: its image and command"],
    ["of another image", "update", one, two, true, "runs: migrate --all. It is not undone"],
    ["of a stack from before", "update", "", one, true, "runs: migrate. It is not undone"],
    [
      "of an image still to be built",
      "update",
      one,
      unknown,
      null,
      "runs, unless the database has",
    ],
    ["of another setting", "update", one, one, true, "runs: migrate."],
  ])("%s", (_what, op, old, now, runs, command) => {
    const found = migration(op, old, now);
    expect(found.runs).toBe(runs);
    expect(found.text).toContain(command);
  });
});

describe("a migration that keeps a record", () => {
  const inputs = (MIGRATION: string, more: Values = {}) => ({
    environment: { MIGRATION, MIGRATION_STEP: "m", MIGRATION_SERVER: "p", ...more },
  });
  const of = (old: Values | undefined, now: Values, kept = false) => {
    const about = { name: "app-migrate", type: command, now };
    const change = old === undefined ? step("create", about) : step("update", { ...about, old });
    return migrationOf(resources(change), kept);
  };
  const one = '["app@sha256:1","migrate"]';

  it("does not run again because another of its settings changed", () => {
    expect(of(inputs(one), inputs(one, { MIGRATION_TIMEOUT: "9" })).runs).toBe(false);
    // From before there was a record.
    expect(of({ environment: { MIGRATION: one } }, inputs(one)).runs).toBe(true);
  });

  it("may run where its image has a tag that can be moved, which one of ours can't be", () => {
    const tagged = inputs('["app:1","migrate"]');
    expect(of(tagged, tagged).runs).toBeNull();
    const build = { create: "bash images/build-app app:1 . Dockerfile '' ''" };
    const steps = [
      step("update", { name: "app-migrate", type: command, old: tagged, now: tagged }),
      step("same", { name: "app-image", type: command, old: build, now: build }),
    ];
    expect(migrationOf(resources(...steps)).runs).toBe(false);
  });

  it("runs on another database, and perhaps where the address of an external one changed", () => {
    const there = (MIGRATION_DATABASE: string) => inputs(one, { MIGRATION_DATABASE });
    expect(of(there("shop_a"), there("shop_b")).runs).toBe(true);
    expect(of(there("shop_a"), there("shop_a")).runs).toBe(false);
    const external = { ...inputs(one, { MIGRATION_SERVER: "" }), stdin: hidden };
    const change = step("update", {
      name: "app-migrate",
      type: command,
      old: external,
      now: external,
    });
    expect(migrationOf(resources({ ...change, diffReasons: ["stdin"] })).runs).toBeNull();
    expect(migrationOf(resources({ ...change, diffReasons: ["create"] })).runs).toBe(false);
  });

  it("may not run on a database that an earlier stack left", () => {
    expect(of(undefined, inputs(one), true)).toMatchObject({
      runs: null,
      text: "runs, unless the database has had it: migrate.",
    });
  });

  it("says which release a rollback would return to", () => {
    const backup = { MIGRATION_BACKUP: unknown, MIGRATION_COMPATIBLE: "true" };
    expect(of(inputs("[]"), inputs(one, backup)).text).toBe(
      "runs: migrate. Before it, a restore point is set and the database is dumped. It is not undone when the release fails. The version before works with what it leaves (app.migrate.backwardCompatible).",
    );
    const external = { MIGRATION_SERVER: "", MIGRATION_BACKUP: "" };
    expect(of(inputs("[]"), inputs(one, external)).text).toBe(
      "runs: migrate. It is not undone when the release fails.",
    );
  });

  it("that empties the database when it fails puts the data at risk", () => {
    const old = inputs("[]", { MIGRATION_RESET: "1" });
    const risky = inputs(one, { MIGRATION_RESET: "1" });
    const lines = said({}, [
      step("update", { name: "app-migrate", type: command, old, now: risky }),
    ]);
    expect(lines.at(-1)).toBe(
      "Data        IF THE MIGRATION FAILS, THE DATABASE IS EMPTIED (app.migrate.resetOnFailure).",
    );
    expect(of(old, inputs(one, { MIGRATION_RESET: "" })).resets).toBe(false);
    expect(of(risky, risky).resets).toBe(false);
  });
});

describe("the proxy's configuration", () => {
  it.each<[string, Parameters<typeof route>[1], boolean | null]>([
    ["the same", {}, false],
    ["another container", { app: "a-2222222" }, false],
    ["more containers", { app: "a-1111111 a-2222222" }, false],
    ["another rule", { body: "/ready" }, true],
    ["one that is not known yet", { now: unknown }, null],
  ])("%s: reloaded", (_what, change, reloads) => {
    expect(routingOf(resources(route("update", change))).reloads).toBe(reloads);
  });

  it("is said alongside a proxy that stays, with what it ends", () => {
    expect(said({}, [route("update", { body: "/ready" })])[0]).toBe(
      "Containers  proxy     stays; a new configuration without a restart, which ends idle connections and what is open after 30 s, and resets the counters of rate limits",
    );
    expect(said({}, [route("update", { now: unknown })])[0]).toContain("stays; perhaps a new");
    expect(said({ proxy: { memory: 1 } }, [route("update", { body: "/r" })])[0]).not.toContain(
      "new configuration",
    );
  });
});
