import { superuserPsql } from "#lib/superuser";
import { parameter } from "./parameters.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Runs SQL from standard input as superuser in a server's container. @throws StepFailure with the server's message */
export async function superuserSql(context: StepContext): Promise<void> {
  const at = { server: parameter(context, "CONTAINER"), database: parameter(context, "DATABASE") };
  const passed = parameter(context, "PASSED").split(" ");
  const result = await superuserPsql(context.docker, at, await context.input(), passed);
  if (result.code === 0) return;
  const said = result.stderr.trim();
  throw new StepFailure(said === "" ? `psql ended with ${String(result.code)}` : said);
}
