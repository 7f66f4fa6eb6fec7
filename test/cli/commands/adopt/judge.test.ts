// What people's migrations by logical replication have failed by, found before anything is changed.
import { describe, expect, it } from "vitest";
import { judge } from "#cli/commands/adopt/judge";
import type { SourceFacts, SourceTable, TargetFacts } from "#cli/commands/adopt/facts";

const table = (name: string, more: Partial<SourceTable> = {}): SourceTable => ({
  name,
  bytes: 8192,
  identity: "d",
  hasKey: true,
  incomparable: false,
  unlogged: false,
  owned: true,
  readable: true,
  forcedPolicies: false,
  ...more,
});

const fine: SourceFacts = {
  version: 160004,
  encoding: "UTF8",
  collation: "C.UTF-8",
  bytes: 1e9,
  superuser: true,
  mayReplicate: true,
  mayCreate: true,
  ownsDatabase: true,
  standby: false,
  paused: false,
  walLevel: "logical",
  slots: { used: 0, max: 10 },
  senders: { used: 1, max: 10 },
  slotKeepsMiB: -1,
  largeObjects: 0,
  prepared: 0,
  othersSessions: [],
  oldestTransaction: 3,
  extensions: [],
  collations: [],
  alwaysTriggers: [],
  extensionTables: [],
  foreignTables: [],
  eventTriggers: [],
  sequences: [{ name: "public.ids", readable: true }],
  tables: [table("public.orders")],
  schema: "1",
};

const here: TargetFacts = {
  version: 170006,
  encoding: "UTF8",
  collation: "C.UTF-8",
  workers: 4,
  available: [
    { name: "pg_trgm", trusted: true },
    { name: "postgis", trusted: false },
  ],
  collations: ["C", "de-x-icu"],
};

const judged = (more: Partial<SourceFacts>, named: readonly string[] = []) =>
  judge("replication", { ...fine, ...more }, here, named);

it("a database as most are has nothing against it", () => {
  expect(judged({})).toEqual({ refusals: [], notes: [] });
});

/** Each with the words that help; true: a dump does without it. */
const inputs: [what: string, facts: Partial<SourceFacts>, message: RegExp, dumpHelps: boolean][] = [
  [
    "the level of the log that compose files have",
    { walLevel: "replica" },
    /^wal_level is replica there: ALTER SYSTEM SET wal_level = logical; and restart/,
    true,
  ],
  [
    "a table without a primary key: its UPDATEs would fail there once it is published",
    { tables: [table("public.log", { hasKey: false })] },
    /ALTER TABLE public\.log REPLICA IDENTITY FULL;/,
    true,
  ],
  [
    "a table without a primary key, and with json: no row is found by it",
    { tables: [table("public.events", { hasKey: false, incomparable: true })] },
    /^public\.events has no key, and a column of a type that can't be compared/,
    true,
  ],
  [
    "a replica identity that was switched off, though there is a key",
    { tables: [table("public.queue", { identity: "n" })] },
    /ALTER TABLE public\.queue REPLICA IDENTITY FULL;/,
    true,
  ],
  [
    "large objects",
    { largeObjects: 12 },
    /^Large objects are not replicated, and there are 12/,
    true,
  ],
  [
    "an unlogged table with rows",
    { tables: [table("public.cache", { unlogged: true })] },
    /^Unlogged tables are not replicated: .* public\.cache/,
    true,
  ],
  [
    "triggers that fire on replication, too",
    { alwaysTriggers: ["noted on public.orders"] },
    /^Triggers would run a second time here: noted on public\.orders/,
    true,
  ],
  [
    "policies that hold for the owner",
    { tables: [table("public.own", { forcedPolicies: true })] },
    /^Row policies hold for the owner of public\.own/,
    true,
  ],
  [
    "a slot of somebody's in every place",
    { slots: { used: 8, max: 10 } },
    /^max_replication_slots is 10 there, 8 are in use, and 3 are needed/,
    true,
  ],
  ["a role without REPLICATION", { mayReplicate: false }, /^The role may not replicate/, true],
  [
    "a table of another owner",
    { tables: [table("public.theirs", { owned: false })] },
    /^Only its owner publishes a table: name the owner of public\.theirs/,
    true,
  ],
  ["hypertables", { extensions: ["timescaledb"] }, /no extension timescaledb/, false],
  ["a standby", { standby: true }, /is a standby/, false],
  ["a newer server", { version: 180001 }, /PostgreSQL 18, the stack's 17/, false],
  ["text of no encoding", { encoding: "SQL_ASCII" }, /has the encoding SQL_ASCII/, false],
  [
    "a locale that is not here",
    { collations: ["de_DE.utf8", "de-x-icu"] },
    /^Columns there are sorted by de_DE\.utf8, which/,
    false,
  ],
  [
    "sessions of a superuser, which an owner can't end",
    { othersSessions: ["postgres"] },
    /^The role may not end the sessions of postgres/,
    false,
  ],
  ["a prepared transaction", { prepared: 1 }, /^1 prepared transactions are open/, false],
  ["an extension that no image has", { extensions: ["pg_cron"] }, /no extension pg_cron/, false],
  [
    "an extension that only a superuser makes",
    { extensions: ["postgis"] },
    /^Only a superuser may make the extension postgis: add it to database\.extensions/,
    false,
  ],
  [
    "a sequence that may not be read",
    { sequences: [{ name: "public.secret", readable: false }] },
    /^The role may not read public\.secret/,
    false,
  ],
  ["a database of another owner", { ownsDatabase: false }, /^The role may not pause writes/, false],
];

describe("what is refused, with its remedy:", () => {
  it.each(inputs)("%s", (_, facts, message, dumpHelps) => {
    expect(judged(facts).refusals.filter((each) => message.test(each))).toHaveLength(1);
    const byDump = judge("dump", { ...fine, ...facts }, here, []).refusals;
    expect(byDump.length === 0).toBe(dumpHelps);
  });
});

describe("what is accepted:", () => {
  const accepted: [what: string, facts: Partial<SourceFacts>][] = [
    [
      "a table that says which index finds its rows",
      { tables: [table("t", { identity: "i", hasKey: false })] },
    ],
    ["json in a table with a key", { tables: [table("t", { incomparable: true })] }],
    [
      "an unlogged table that is empty",
      { tables: [table("t", { unlogged: true, bytes: 0, hasKey: false })] },
    ],
    ["a trusted extension", { extensions: ["pg_trgm"] }],
  ];
  it.each(accepted)("%s", (_, facts) => {
    expect(judged(facts).refusals).toEqual([]);
  });

  it("an extension that the settings name", () => {
    expect(judged({ extensions: ["postgis"] }, ["postgis"]).refusals).toEqual([]);
  });

  it.each([
    [{ collation: "de_DE.utf8" }, /is sorted by C\.UTF-8 \(UTF8\) here, by de_DE\.utf8/],
    [{ tables: [table("t", { identity: "f" })] }, /^Each changed row of t is looked for/],
    [{ oldestTransaction: 7200 }, /^A transaction has been open there for 7200 s/],
    [{ slotKeepsMiB: 1024 }, /^The old server keeps at most 1\.1 GB/],
    [{ extensionTables: ["cron.job"] }, /^Rows in tables of extensions stay behind: cron\.job/],
    [{ eventTriggers: ["noted"] }, /^Event triggers, .*: noted/],
    [{ foreignTables: ["public.far"] }, /^Foreign tables come without .*: public\.far/],
  ] as [Partial<SourceFacts>, RegExp][])("with a note: %j", (facts, note) => {
    const { refusals, notes } = judged(facts);
    expect(refusals).toEqual([]);
    expect(notes.filter((each) => note.test(each))).toHaveLength(1);
  });
});
