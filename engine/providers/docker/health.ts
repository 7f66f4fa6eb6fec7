import { EngineError } from "../../errors.js";
import type { Context } from "../../provider.js";
import type { Properties } from "../../values.js";
import { bytesOf, demultiplex } from "./client.js";
import type { DockerClient } from "./client.js";
import type { ContainerJson } from "./container-json.js";
import { until } from "#lib/until";

const shownLogLines = 50;
const shownHealthChecks = 3;

/**
 * Waits until the container is healthy. Like the real provider it waits out its whole time even when
 * the container is unhealthy or has ended; then it prints what is known and throws.
 */
export async function waitHealthy(
  client: DockerClient,
  id: string,
  inputs: Properties,
  context: Context,
): Promise<void> {
  const seconds = Number(inputs["waitTimeout"] ?? 60);
  const failure = new EngineError("container failed to be in healthy state");
  try {
    await until(seconds, () => ask(client, id, failure), context.signal);
  } catch (error) {
    await explain(client, id, context);
    throw error;
  }
}

async function ask(client: DockerClient, id: string, failure: Error): Promise<true | Error> {
  const { State } = await client.call<ContainerJson>("GET", `/containers/${id}/json`);
  if (State.Health === undefined)
    throw new EngineError(
      "you have supplied a 'wait' argument, but the container does not have a healthcheck defined",
    );
  return State.Health.Status === "healthy" ? true : failure;
}

async function explain(client: DockerClient, id: string, context: Context): Promise<void> {
  const { State } = await client.call<ContainerJson>("GET", `/containers/${id}/json`);
  const health = State.Health?.Status ?? "no healthcheck";
  const killed = State.OOMKilled ? ", killed for lack of memory" : "";
  context.log(`state: ${State.Status}, exit code ${State.ExitCode}, health: ${health}${killed}`);
  if (State.Error !== "") context.log(`error: ${State.Error}`);
  for (const check of (State.Health?.Log ?? []).slice(-shownHealthChecks))
    context.log(`healthcheck (exit code ${check.ExitCode}): ${check.Output.trim()}`);
  const query = { stdout: "true", stderr: "true", tail: String(shownLogLines) };
  const answer = await client.stream("GET", `/containers/${id}/logs`, { query });
  const lines = demultiplex(await bytesOf(answer))
    .trimEnd()
    .split("\n");
  context.log(`the last ${shownLogLines} lines of its log:`);
  for (const line of lines) context.log(`  ${line}`);
}
