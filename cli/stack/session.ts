import { dockerAt, type Docker } from "#lib/docker";
import { Embedded } from "../engines/embedded.js";
import {
  chooseEngine,
  engineLine,
  requestedEngine,
  stateLine,
  type EngineChoice,
} from "../engines/choice.js";
import { engineProbes } from "../engines/probes.js";
import { Failure } from "../io/failure.js";
import { ensureHome } from "../project/home.js";
import type { Say } from "../io/progress.js";
import { PulumiCli } from "../engines/pulumi-cli.js";
import type { Runner } from "../engines/runner.js";
import { handoverOf, withSealedSecrets } from "../project/sealed-secrets.js";
import { checkedSettings, settingsOf, targetOf, type Target } from "../project/target.js";
import type { Settings } from "#config";
import { forgetHandover } from "#config/secret-handover";
import type { EngineOptions } from "../registrations/command.js";

/** A checked stack and the engine that works on it. */
export interface Session {
  readonly target: Target;
  readonly settings: Settings;
  readonly docker: Docker;
  readonly choice: EngineChoice;
  readonly runner: Runner;
}

/** The use that a command makes of the injected secrets. */
export interface SessionOptions {
  /** It changes nothing of the stack: any engine may do it. Default false. */
  readonly readOnly?: boolean;
  /**
   * `required`: this command's environment has them, the default. `sealed`: what it lacks comes from the stack's
   * state. `unused`: they are not asked for.
   */
  readonly secrets?: "required" | "sealed" | "unused";
}

/** Checks the stack, then chooses its engine and says which. @throws Failure */
export async function openSession(
  options: EngineOptions,
  say: Say,
  { readOnly = false, secrets = "required" }: SessionOptions = {},
): Promise<Session> {
  const target = targetOf(options);
  forgetHandover(process.env);
  const settings = secrets === "required" ? checkedSettings(target, !readOnly) : settingsOf(target);
  const requested = requestedEngine(options.engine);
  const choice = await chooseEngine(requested, engineProbes(say));
  refuseForeignStack(target, choice, requested === "embedded" || readOnly);
  say(engineLine(choice));
  const state = stateLine(target, choice);
  if (state !== undefined) say(state);
  ensureHome(target.home);
  const runner = runnerFor(choice, target, say, requested === "embedded");
  if (secrets === "sealed") await completeSecrets(target, settings, runner, say);
  else if (secrets === "required") handOver(settings, target);
  return { target, settings, docker: dockerAt(settings.docker.host), choice, runner };
}

/** The engine at work on a stack. @param allowAnyStack the embedded one changes others than the checkout's own, too */
export function runnerFor(
  choice: EngineChoice,
  target: Target,
  say: Say,
  allowAnyStack = false,
): Runner {
  return choice.kind === "cli"
    ? new PulumiCli(choice.binary, target, say)
    : new Embedded(target, say, allowAnyStack);
}

/** The program reads them from the environment, in whatever process it runs. @throws Failure for what is missing */
async function completeSecrets(
  target: Target,
  settings: Settings,
  runner: Runner,
  say: Say,
): Promise<void> {
  const { projectDirectory } = target;
  const environment = await withSealedSecrets(settings, runner, process.env, projectDirectory, say);
  Object.assign(process.env, environment);
  // One that is in service may have run out since.
  handOver(checkedSettings(target, false), target);
}

/** Hands the checked secrets to the program, which does not ask their sources a second time. */
function handOver(settings: Settings, { projectDirectory }: Target): void {
  Object.assign(process.env, handoverOf(settings, process.env, projectDirectory));
}

function refuseForeignStack(target: Target, choice: EngineChoice, allowed: boolean): void {
  if (choice.kind === "cli" || target.ownState || allowed) return;
  throw new Failure(
    `The stack ${target.stack} needs Pulumi's CLI, and there is ${choice.why}; install it ` +
      "(https://www.pulumi.com/docs/install/), or say --engine embedded to run it without.",
  );
}
