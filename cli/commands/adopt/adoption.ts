import { prefixOf } from "#config";
import { psqlWith, superuserPsql } from "#lib/superuser";
import { tail } from "#lib/run-process";
import { Failure } from "../../io/failure.js";
import { readDocument } from "../../documents/read.js";
import { z } from "zod";
import type { RetainedRestore } from "../../documents/restores.js";
import type { AdoptOptions } from "../../registrations/adopt.js";
import type { DumpTools } from "../import/dump.js";
import type { RestoreRun } from "../restore/run.js";
import { targetFacts, type TargetFacts } from "./facts.js";
import { targetSql } from "./facts-sql.js";
import type { OldServer } from "./old-server.js";
import type { Relay } from "./relay.js";
import { adoptionName, copiedSql, leftoversSql, namesOfStack, slotSql } from "./statements.js";

/** An adoption at work on a stack that is taken. */
export interface Adoption {
  readonly run: RestoreRun;
  readonly options: AdoptOptions;
  readonly old: OldServer;
  readonly relay: Relay;
  /** Container of the stack's own server. */
  readonly server: string;
  /** Password of the superuser of it, where it was read already: while writes are paused, each look takes time. */
  readonly superuser?: string | undefined;
  /** Name of the stack's database. */
  readonly database: string;
  /** For work on dumps. */
  readonly tools: Omit<DumpTools, "docker">;
}

const copied = z
  .object({
    subscribed: z.boolean(),
    tables: z.number(),
    ready: z.number(),
    /** Errors of its workers so far. */
    errors: z.number(),
    bytes: z.number(),
  })
  .readonly();

/** Progress of a copy. */
export type Copied = z.infer<typeof copied>;

const slot = z
  .object({
    active: z.boolean(),
    /** Bytes of the old server's log that the copy has not confirmed. */
    behind: z.number(),
    /** Bytes of it that the old server keeps for the copy. */
    retained: z.number(),
    lost: z.boolean(),
  })
  .readonly();

/** State of the slot that the old server has for the copy. */
export type SlotState = z.infer<typeof slot>;

/** A database of this server that follows an old one, or was meant to. */
export interface Copy {
  readonly id: string;
  readonly database: string;
  /** Of its publication, slot and subscription. */
  readonly name: string;
  /** Fingerprint of the old database's schema when it was begun. */
  readonly schema: string | undefined;
  /** The old database, in the words of a person. */
  readonly asked: string | undefined;
}

/** State of things between the two servers. */
export interface Standing {
  /** Undefined where none was begun. */
  readonly copy: Copy | undefined;
  /** The newest adoption that went live, or went live and was undone. */
  readonly done: RetainedRestore | undefined;
  /** Names of adoptions of this stack of which the old server has something. */
  readonly leftovers: readonly string[];
}

/** The database into which an id is restored. */
export const copyDatabase = (id: string): string => `keelson_restore_${id}`;

/** Looks at both servers. @throws Failure where one does not answer */
export async function standing({ run, old }: Adoption): Promise<Standing> {
  const kept = await run.place.kept(true);
  const left = await old.sql(leftoversSql(namesOfStack(prefixOf(run.of.settings, run.of.stack))));
  return {
    copy: copyIn(kept, prefixOf(run.of.settings, run.of.stack)),
    done: doneIn(kept),
    leftovers: left === "" ? [] : left.split("\n"),
  };
}

/** Returns the copy among what restores have left; undefined where there is none. */
export function copyIn(kept: readonly RetainedRestore[], prefix: string): Copy | undefined {
  const found = kept.find(
    ({ phase, adopting }) => phase === "adopting" || (adopting === true && phase === "ready"),
  );
  if (found === undefined) return undefined;
  const { id, schema, asked } = found;
  return { id, database: copyDatabase(id), name: adoptionName(prefix, id), schema, asked };
}

/** First part of the name of a dump that an adoption has taken. */
export const dumpPrefix = "adopted-";

/** Returns the newest adoption that has ever been live. */
export function doneIn(kept: readonly RetainedRestore[]): RetainedRestore | undefined {
  return kept.find(
    ({ phase, adopting, asked = "" }) =>
      phase === "done" && (adopting === true || asked.startsWith(dumpPrefix)),
  );
}

/** Runs SQL as superuser in a database of the stack's server; what it printed. @throws Failure */
export async function here(
  { run, server, superuser }: Pick<Adoption, "run" | "server" | "superuser">,
  database: string,
  sql: string,
): Promise<string> {
  const at = { server, database };
  const result =
    superuser === undefined
      ? await superuserPsql(run.of.docker, at, sql)
      : await psqlWith(superuser, run.of.docker, at, sql);
  if (result.code === 0) return result.stdout.trim();
  throw new Failure(`The stack's server says: ${tail(result, 2)}`);
}

/** Asks the stack's server what it can take. @throws Failure */
export async function factsHere(adoption: Adoption): Promise<TargetFacts> {
  const printed = await here(adoption, adoption.database, targetSql);
  return readDocument(targetFacts, printed, "the stack's database");
}

/** Asks the stack's server for the progress of the copy. @throws Failure */
export async function copiedSoFar(adoption: Adoption, copy: Copy): Promise<Copied> {
  const printed = await here(adoption, copy.database, copiedSql(copy.name));
  return readDocument(copied, printed, "the subscription");
}

/** Asks the old server for the slot of the copy; undefined where it has no slot for it. @throws Failure */
export async function slotOf(
  { old }: Pick<Adoption, "old">,
  copy: Copy,
): Promise<SlotState | undefined> {
  const printed = await old.sql(slotSql(copy.name));
  return printed === "" ? undefined : readDocument(slot, printed, "the slot");
}
