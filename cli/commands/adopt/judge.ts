import { size } from "../../io/table.js";
import type { SourceFacts, SourceTable, TargetFacts } from "./facts.js";

/** The way in which rows come over: by logical replication while the old app writes, or by a dump while it may not. */
export type AdoptWay = "replication" | "dump";

/** Findings of before anything was changed. */
export interface Judged {
  /** Reasons against the way, each with its remedy; none: it can be gone. */
  readonly refusals: readonly string[];
  /** Facts that a person should know, and may accept. */
  readonly notes: readonly string[];
}

/** Judges whether a database can be adopted in a way. @param extensions those that the settings name */
export function judge(
  way: AdoptWay,
  source: SourceFacts,
  target: TargetFacts,
  extensions: readonly string[],
): Judged {
  const always = [...ofServers(source, target), ...ofExtensions(source, target, extensions)];
  const further =
    way === "replication" ? [...ofReplication(source, target), ...ofTables(source)] : [];
  return { refusals: [...always, ...further], notes: notes(way, source, target) };
}

const major = (version: number) => Math.floor(version / 10000);

function ofServers(source: SourceFacts, target: TargetFacts): string[] {
  const unreadable = [
    ...source.tables.filter(({ readable }) => !readable).map(({ name }) => name),
    ...source.sequences.filter(({ readable }) => !readable).map(({ name }) => name),
  ];
  const missing = source.collations.filter((each) => !target.collations.includes(each));
  return [
    ...(source.standby
      ? ["The old server is a standby, on which writes can't be paused: name its primary."]
      : []),
    ...(major(source.version) > major(target.version)
      ? [
          `The old server is PostgreSQL ${String(major(source.version))}, the stack's ${String(major(target.version))}, which reads no newer one: set postgres.version to ${String(major(source.version))}.`,
        ]
      : []),
    ...(source.encoding !== target.encoding && source.encoding === "SQL_ASCII"
      ? [
          `The old database has the encoding SQL_ASCII, so nobody knows how its text is encoded: dump it, make UTF-8 of the dump, and import that (keelson import).`,
        ]
      : []),
    ...(source.ownsDatabase
      ? []
      : [
          "The role may not pause writes there, since the database is another one's: name its owner or a superuser in --from.",
        ]),
    ...(source.othersSessions.length > 0
      ? [
          `The role may not end the sessions of ${listed(source.othersSessions)}, whose writes could not be paused: name a superuser, or GRANT pg_signal_backend to it (which does not end a superuser's), or end them first.`,
        ]
      : []),
    ...(source.prepared > 0
      ? [
          `${String(source.prepared)} prepared transactions are open there (pg_prepared_xacts), and could be committed at any time: COMMIT PREPARED or ROLLBACK PREPARED them.`,
        ]
      : []),
    ...(unreadable.length > 0
      ? [`The role may not read ${listed(unreadable)}: GRANT SELECT on them, or name their owner.`]
      : []),
    ...(missing.length > 0
      ? [
          `Columns there are sorted by ${listed(missing)}, which the stack's server has not: set images.base to one with these locales, or change the columns to an ICU collation ("de-x-icu").`,
        ]
      : []),
  ];
}

function ofExtensions(
  { extensions }: SourceFacts,
  { available }: TargetFacts,
  named: readonly string[],
): string[] {
  const found = (name: string) => available.find((each) => each.name === name);
  const absent = extensions.filter((name) => found(name) === undefined);
  const untrusted = extensions.filter(
    (name) => found(name)?.trusted === false && !named.includes(name),
  );
  return [
    ...(absent.length > 0
      ? [
          `The stack's server has no extension ${listed(absent)}: name its Debian package in postgres.packages and run keelson up, or drop it there.`,
        ]
      : []),
    ...(untrusted.length > 0
      ? [
          `Only a superuser may make the extension ${listed(untrusted)}: add it to database.extensions, and run keelson up.`,
        ]
      : []),
  ];
}

function ofReplication(source: SourceFacts, target: TargetFacts): string[] {
  // One slot that follows, and two that copy.
  const wanted = 3;
  const few = (name: string, { used, max }: SourceFacts["slots"]) =>
    max - used >= wanted
      ? []
      : [
          `${name} is ${String(max)} there, ${String(used)} are in use, and ${String(wanted)} are needed: ALTER SYSTEM SET ${name} = ${String(used + wanted + 5)}; and restart the old server.`,
        ];
  return [
    ...(source.walLevel === "logical"
      ? []
      : [
          `wal_level is ${source.walLevel} there: ALTER SYSTEM SET wal_level = logical; and restart the old server, which takes seconds (docker compose restart <service>).`,
        ]),
    ...few("max_replication_slots", source.slots),
    ...few("max_wal_senders", source.senders),
    ...(source.mayReplicate ? [] : ["The role may not replicate: ALTER ROLE <role> REPLICATION."]),
    ...(source.mayCreate
      ? []
      : ["The role may not make a publication: GRANT CREATE ON DATABASE to it."]),
    ...(target.workers > 0
      ? []
      : [
          "max_logical_replication_workers is 0 in postgres.parameters: take it out, and run keelson up.",
        ]),
    ...(source.extensions.includes("timescaledb")
      ? ["The hypertables of timescaledb are not replicated: use --dump."]
      : []),
    ...(source.largeObjects > 0
      ? [
          `Large objects are not replicated, and there are ${String(source.largeObjects)}: use --dump, or move them into a column of bytea.`,
        ]
      : []),
  ];
}

function ofTables({ tables, alwaysTriggers }: SourceFacts): string[] {
  const those = (which: (each: SourceTable) => boolean) => tables.filter(which);
  const names = (some: readonly SourceTable[]) => listed(some.map(({ name }) => name));
  const foreign = those(({ owned }) => !owned);
  const keyless = those(
    ({ identity, hasKey, unlogged }) =>
      !unlogged && (identity === "n" || (identity === "d" && !hasKey)),
  );
  const whole = those(({ identity }) => identity === "f").concat(keyless);
  const incomparable = whole.filter((each) => each.incomparable);
  const mended = keyless.filter((each) => !each.incomparable);
  const unlogged = those((each) => each.unlogged && each.bytes > 0);
  const forced = those(({ forcedPolicies }) => forcedPolicies);
  return [
    ...(foreign.length > 0
      ? [`Only its owner publishes a table: name the owner of ${names(foreign)}, or a superuser.`]
      : []),
    // Once they are published, the app's own UPDATE and DELETE would fail there.
    ...(mended.length > 0
      ? [
          `Without a primary key, changed rows are not found again: ${mended.map(({ name }) => `ALTER TABLE ${name} REPLICA IDENTITY FULL;`).join(" ")} there (or USING INDEX, where one is unique and NOT NULL), or add a key.`,
        ]
      : []),
    ...(incomparable.length > 0
      ? [
          `${names(incomparable)} has no key, and a column of a type that can't be compared (json, xml, point): add a primary key, or use --dump.`,
        ]
      : []),
    ...(unlogged.length > 0
      ? [
          `Unlogged tables are not replicated: ALTER TABLE … SET LOGGED or TRUNCATE ${names(unlogged)}, or use --dump.`,
        ]
      : []),
    ...(forced.length > 0
      ? [
          `Row policies hold for the owner of ${names(forced)}, who writes what is replicated: ALTER TABLE … NO FORCE ROW LEVEL SECURITY, or use --dump.`,
        ]
      : []),
    ...(alwaysTriggers.length > 0
      ? [
          `Triggers would run a second time here: ${listed(alwaysTriggers)} (ENABLE ALWAYS or REPLICA): ALTER TABLE … ENABLE TRIGGER, or use --dump.`,
        ]
      : []),
  ];
}

function notes(way: AdoptWay, source: SourceFacts, target: TargetFacts): string[] {
  const sorted = source.collation !== target.collation || source.encoding !== target.encoding;
  const whole = source.tables.filter(({ identity }) => identity === "f");
  return [
    ...(sorted
      ? [
          `Text that names no collation is sorted by ${target.collation} (${target.encoding}) here, by ${source.collation} (${source.encoding}) there: ORDER BY may give another order.`,
        ]
      : []),
    ...(source.eventTriggers.length > 0
      ? [
          `Event triggers, which only a superuser makes, stay behind: ${listed(source.eventTriggers)}.`,
        ]
      : []),
    ...(source.foreignTables.length > 0
      ? [`Foreign tables come without their servers' passwords: ${listed(source.foreignTables)}.`]
      : []),
    ...(source.extensionTables.length > 0 && way === "replication"
      ? [`Rows in tables of extensions stay behind: ${listed(source.extensionTables)}.`]
      : []),
    ...(way === "replication" && whole.length > 0
      ? [
          `Each changed row of ${listed(whole.map(({ name }) => name))} is looked for in the whole table (REPLICA IDENTITY FULL): large ones with many changes fall behind.`,
        ]
      : []),
    ...(way === "replication" && source.oldestTransaction > 60
      ? [
          `A transaction has been open there for ${String(source.oldestTransaction)} s: copying begins when those that are open now have ended.`,
        ]
      : []),
    ...(way === "replication" && source.slotKeepsMiB >= 0
      ? [
          `The old server keeps at most ${size(source.slotKeepsMiB * 1048576)} for who follows it (max_slot_wal_keep_size): what is written during the copy has to fit.`,
        ]
      : []),
  ];
}

/** Names with commas between, ten at most. */
export function listed(names: readonly string[]): string {
  return names.slice(0, 10).join(", ") + (names.length > 10 ? ", …" : "");
}
