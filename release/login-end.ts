import { tryInspect } from "./container.js";
import { endLoginsSql } from "./logins.js";
import { parameter, wordsOf } from "./parameters.js";
import { superuserPsql } from "#lib/superuser";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Ends a login of a role. Nothing where the server is gone, or does not run: a stack is destroyed. @throws StepFailure */
export async function loginEnd(context: StepContext): Promise<void> {
  const found = await tryInspect(context, parameter(context, "CONTAINER"));
  if (found?.State.Running !== true) return;
  await end(context, { ...rolesOf(context), login: parameter(context, "LOGIN") });
}

/** Ends all logins of a role but those that are kept. @throws StepFailure with the server's message */
export async function loginsEnd(context: StepContext): Promise<void> {
  await end(context, { ...rolesOf(context), kept: wordsOf(context, "KEPT") });
}

function rolesOf(context: StepContext) {
  return { role: parameter(context, "ROLE"), owner: parameter(context, "OWNER") };
}

async function end(
  context: StepContext,
  ending: Parameters<typeof endLoginsSql>[0],
): Promise<void> {
  const at = { server: parameter(context, "CONTAINER"), database: parameter(context, "DATABASE") };
  const result = await superuserPsql(context.docker, at, endLoginsSql(ending));
  if (result.code === 0) return;
  const which = "login" in ending ? `login ${ending.login}` : `logins of ${ending.role}`;
  const said = result.stderr.trim();
  throw new StepFailure(
    `The ${which} could not be ended; run keelson up to try it again: ${said === "" ? `psql ended with ${String(result.code)}` : said}`,
  );
}
