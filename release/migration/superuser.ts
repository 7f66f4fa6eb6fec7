import { tail } from "#lib/run-process";
import { superuserPsql } from "#lib/superuser";
import type { StepContext } from "../step-context.js";

/** Runs SQL as superuser on a server of ours. @returns what went wrong; undefined where nothing did */
export async function asSuperuser(
  { docker }: Pick<StepContext, "docker">,
  { server, database }: { readonly server: string; readonly database: string },
  sql: string,
): Promise<string | undefined> {
  const args = ["exec", "--interactive", server, "sh", "-c", superuserPsql, database];
  const ended = await docker(args, { input: `${sql}\n` });
  return ended.code === 0 ? undefined : tail(ended);
}
