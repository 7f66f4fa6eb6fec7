import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { namesOf, prefixOf } from "#config";
import { dockerAt } from "#lib/docker";
import type { RunRecord } from "#release/history/runs";
import { releaser } from "#release/step-context";
import { hasTerminal } from "../io/attach.js";
import { labelArgs } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { timeId } from "../io/time-id.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { RunOptions } from "../registrations/run.js";
import { processesOf } from "../stack/processes.js";
import { proxyRoutes } from "../stack/proxy.js";
import { recordRun, runsOf } from "../stack/runs.js";
import type { Stack } from "../stack/stack.js";
import { byLabel, removeUnstarted, RunContainer } from "./run/container.js";
import { createCall, type Difference } from "./run/create.js";
import { runsText } from "./run/list.js";
import { chooseModel, hasSecretFiles, inspectModel, type Model } from "./run/model.js";
import { migratorOf } from "./run/migrator.js";
import { copySecrets } from "./run/secrets.js";

/** `keelson run`: a command in a container of its own, like one that is live; this process ends as the command does. */
export async function runCommand(
  command: readonly string[],
  options: RunOptions,
  say: Say,
): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const of = { docker: dockerAt(settings.docker.host), settings, stack: target.stack };
  if (options.list === true) {
    const runs = await runsOf({ docker: of.docker, ...namesOf(settings, of.stack) });
    if (options.json === true) say(JSON.stringify(runs));
    else for (const line of runsText(runs)) say(line);
    return;
  }
  if (command.length === 0) {
    throw new Failure("There is no command; write it after --: keelson run -- <command>.");
  }
  if (options.as === "migrator" && options.service !== undefined) {
    throw new Failure("--as: migrator goes with the app; leave --service out.");
  }
  process.exitCode = await runLike(of, command, options);
}

/** Runs a command in a copy of the live container, and records it. @returns its exit code @throws Failure */
export async function runLike(
  of: Stack,
  command: readonly string[],
  options: RunOptions,
): Promise<number> {
  const { docker, settings, stack } = of;
  const address = { docker, ...namesOf(settings, stack) };
  const [all, routes] = await Promise.all([
    processesOf(docker, settings, stack),
    proxyRoutes(address),
    removeUnstarted(docker, address.app, address.stack),
  ]);
  const chosen = chooseModel(all, options.service, routes ?? []);
  const model = await inspectModel(docker, chosen.id);
  const difference =
    options.as === "migrator" ? await migratorOf(of, model, options) : sameAs(of, model);
  const id = runId(new Date());
  const by = `${String(process.pid)}@${hostname()}`;
  const labels = [...labelArgs(address.app, address.stack, "run"), "--label", `${byLabel}=${by}`];
  const name = `${prefixOf(settings, stack)}-run-${id}`;
  const call = createCall(model, {
    name,
    labels,
    command,
    hasTerminal: hasTerminal(),
    ...difference,
  });
  const record: RunRecord = {
    id,
    who: releaser(process.env).who,
    by,
    begin: new Date().toISOString(),
    end: null,
    code: null,
    command: [...command],
    process: chosen.process,
    as: options.as,
    image: model.Config.Image,
  };
  const code = await new RunContainer(docker, model, name).run(call, async (container) => {
    await difference.fill(container);
    await recordRun(address, record, warn);
  });
  await recordRun(address, { ...record, end: new Date().toISOString(), code }, warn);
  return code;
}

function sameAs({ docker }: Stack, model: Model): Difference {
  return {
    fill: async (container) => {
      if (hasSecretFiles(model)) await copySecrets(docker, model.Id, container);
    },
  };
}

/** The time at which it began, and what makes it another one's. */
function runId(now: Date): string {
  return `${timeId(now)}-${randomBytes(2).toString("hex")}`;
}

/** Standard output is the command's. */
function warn(line: string): void {
  console.error(line);
}
