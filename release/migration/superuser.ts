import { tail } from "#lib/run-process";
import { superuserPsql, type ServerDatabase } from "#lib/superuser";
import type { StepContext } from "../step-context.js";

/** Runs SQL as superuser on a server of ours. @returns what went wrong; undefined where nothing did */
export async function asSuperuser(
  { docker }: Pick<StepContext, "docker">,
  at: ServerDatabase,
  sql: string,
): Promise<string | undefined> {
  const result = await superuserPsql(docker, at, `${sql}\n`);
  return result.code === 0 ? undefined : tail(result);
}
