import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { takeLock } from "#engine/lock";
import type { Mapping } from "#lib/merge";
import { destroyVariable } from "#lib/platform";
import { configFileVariable } from "#config/stack-file";
import { Failure } from "../io/failure.js";
import { passphraseOf } from "../project/home.js";
import { Heartbeat, type Say } from "../io/progress.js";
import {
  injectedIn,
  outputsIn,
  recordedIn,
  secretsType,
  type Outputs,
  type Recorded,
  type Result,
  type Runner,
  type UpOptions,
} from "./runner.js";
import { run, tail, type CommandResult } from "#lib/run-process";
import {
  checkpointFile,
  copyConfig,
  mendState,
  projectName,
  readDeployment,
  type ConfigCopy,
} from "../project/config.js";
import { editExport, editOwnState } from "./state-edit.js";
import type { StateEdit } from "./runner.js";
import { changesOf, progressLine, resultOf, stepsOf } from "./pulumi-output.js";
import type { Target } from "../project/target.js";

/** Runs a stack with Pulumi's own CLI. */
export class PulumiCli implements Runner {
  readonly #binary: string;
  readonly #target: Target;
  readonly #say: Say;
  readonly #project: string;

  public constructor(binary: string, target: Target, say: Say) {
    this.#binary = binary;
    this.#target = target;
    this.#say = say;
    this.#project = projectName(target.projectDirectory);
  }

  public readonly up = async ({ refresh, app }: UpOptions): Promise<Result> => {
    await this.#ready();
    const flags = refresh ? ["--refresh", ...updateFlags] : updateFlags;
    return this.#update("up", ["--skip-preview", "--suppress-outputs", ...flags], app);
  };

  public readonly destroy = async (options: { protectedToo: boolean }): Promise<Result> => {
    await this.#ready();
    const flags = ["--skip-preview", "--suppress-outputs", ...updateFlags];
    if (!options.protectedToo) return this.#update("destroy", flags);
    return this.#update("destroy", ["--ignore-protect", ...flags], undefined, {
      [destroyVariable]: "1",
    });
  };

  public readonly preview = async () => {
    await this.#ready();
    const began = Date.now();
    const flags = ["--json", "--show-sames", "--non-interactive"];
    const result = await this.#pulumi(["preview", ...this.#stack(), ...flags]);
    const parsed = stepsOf(result.stdout);
    if (result.code !== 0) {
      const said = parsed.diagnostics === "" ? tail(result, 20) : parsed.diagnostics;
      throw this.#failure(result, said);
    }
    const seconds = (Date.now() - began) / 1000;
    return { changes: changesOf(parsed.summary), seconds, outputs: {}, steps: parsed.steps };
  };

  public readonly outputs = async (): Promise<Outputs> =>
    outputsIn(await this.#export(["--show-secrets"]));

  public readonly injected = async () => injectedIn(await this.resource(secretsType));

  public readonly resource = async (type: string, name?: string): Promise<Outputs> =>
    outputsIn(await this.#export(["--show-secrets"]), type, name);

  public readonly recorded = async (): Promise<Recorded> => {
    const file = checkpointFile(this.#target, this.#project);
    return recordedIn(this.#target.ownState ? readDeployment(file) : await this.#export([]));
  };

  public readonly settle = async (): Promise<boolean> => {
    await this.#ready();
    return this.#target.ownState;
  };

  public readonly edit = async (edit: StateEdit): Promise<boolean> => {
    if (this.#target.ownState) return editOwnState(this.#target, this.#project, edit, this.#say);
    const exported = await this.#exported([]);
    if (exported === undefined) return false;
    return editExport(exported, edit, async (file) => {
      const stack = ["--stack", this.#target.stack];
      const result = await this.#pulumi(["stack", "import", ...stack, "--file", file]);
      if (result.code !== 0) throw new Failure(`pulumi stack import failed: ${tail(result)}`);
    });
  };

  public readonly forget = async (urns: readonly string[]): Promise<void> => {
    await this.#ready();
    const targets = urns.flatMap((urn) => ["--target", urn]);
    const flags = ["--skip-preview", "--clear-pending-creates", "--suppress-outputs"];
    await this.#update("refresh", [...flags, ...updateFlags, ...targets]);
  };

  public readonly rename = async (to: string, between: () => void): Promise<void> => {
    const { stack, ownState } = this.#target;
    // A rename that a kill interrupted: the backend has done it.
    if ((await this.recorded()).resources.length > 0) {
      await this.#ready();
      // The CLI renames the settings file as well, by where it runs: the checkout's own stacks have a copy for that.
      const place = ownState ? ["-C", this.#copy().directory] : [];
      const result = await this.#pulumi([...place, "stack", "rename", to, "--stack", stack]);
      if (result.code !== 0) throw new Failure(`pulumi stack rename failed: ${tail(result)}`);
    }
    between();
  };

  /** Sees to the stack, its lock and the configuration that the CLI may write to. */
  async #ready(): Promise<void> {
    if (!this.#target.ownState) return;
    const { home, stack } = this.#target;
    // The CLI keeps the lock of a run that was killed; taking it removes that one or names its owner.
    await (
      await takeLock(home.state, this.#project, stack, this.#say)
    )();
    mendState(this.#target, this.#project);
    const copy = this.#copy();
    if (readDeployment(checkpointFile(this.#target, this.#project)) !== undefined) return;
    const args = ["-C", copy.directory, "stack", "init", stack, "--no-select", "--non-interactive"];
    const made = await this.#pulumi(args);
    if (made.code !== 0 && !/already exists/.test(made.stderr)) {
      throw new Failure(`pulumi stack init failed: ${tail(made)}`);
    }
  }

  async #update(
    command: string,
    args: readonly string[],
    app?: Mapping,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Result> {
    const folder = mkdtempSync(join(tmpdir(), "keelson-events-"));
    const log = join(folder, "events.json");
    const heartbeat = new Heartbeat(this.#say, `pulumi ${command}`);
    // Ctrl-C reaches the CLI as well, which ends after the steps at hand: its last output is waited for.
    const wait = () => undefined;
    process.on("SIGINT", wait);
    try {
      const all = [command, ...this.#stack(app), ...args, "--event-log", log];
      const line = (text: string) => {
        const shown = progressLine(text);
        if (shown !== undefined) heartbeat.line(shown);
      };
      const outcome = await this.#pulumi(all, line, environment);
      const failed = `pulumi ${command} failed; its messages are above.`;
      if (outcome.code !== 0) throw this.#failure(outcome, failed);
      const result = resultOf(readFileSync(log, "utf8"));
      return { ...result, outputs: command === "up" ? await this.outputs() : {} };
    } finally {
      heartbeat.stop();
      process.removeListener("SIGINT", wait);
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async #export(flags: readonly string[]): Promise<object | undefined> {
    return (await this.#exported(flags))?.deployment;
  }

  async #exported(flags: readonly string[]): Promise<{ deployment: object } | undefined> {
    const stack = ["--stack", this.#target.stack];
    const result = await this.#pulumi(["stack", "export", ...stack, ...flags]);
    if (result.code === 0) return JSON.parse(result.stdout) as { deployment: object };
    if (/no stack named/.test(result.stderr)) return undefined;
    throw new Failure(`pulumi stack export failed: ${tail(result)}`);
  }

  /** Only the checkout's own stacks are made by us; another's salt belongs into its owner's file. */
  #failure(result: CommandResult, said: string): Failure {
    if (!/no stack named/.test(result.stderr)) return new Failure(said);
    const { stack } = this.#target;
    return new Failure(
      `Your Pulumi backend has no stack ${stack} yet; make it with \`pulumi stack init ${stack}\`.`,
    );
  }

  /** Returns the arguments that choose a stack's file: without additions, its owner's own one. */
  #stack(app?: Mapping): string[] {
    const { stack, ownState, configFile } = this.#target;
    const file = ownState || app !== undefined ? this.#copy(app).file : configFile;
    return ["--stack", stack, "--config-file", file];
  }

  #copy(app?: Mapping): ConfigCopy {
    const sealedElsewhere = !this.#target.ownState;
    return copyConfig(this.#target, this.#project, { app, sealedElsewhere });
  }

  #pulumi(
    args: readonly string[],
    line?: (line: string) => void,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<CommandResult> {
    // The CLI does not tell the program which file it was given.
    const file = args[args.indexOf("--config-file") + 1];
    const all = { ...process.env, ...environment };
    const own = pulumiEnvironment(this.#target, dirname(this.#binary), all);
    const env = args.includes("--config-file") ? { ...own, [configFileVariable]: file } : own;
    const cwd = this.#target.projectDirectory;
    return run(this.#binary, args, { cwd, env, ...(line === undefined ? {} : { line }) });
  }
}

const updateFlags = ["--yes", "--non-interactive", "--suppress-progress", "--color", "never"];

/** The environment of the CLI: the checkout's own backend and passphrase for its own stacks. */
export function pulumiEnvironment(
  target: Target,
  binaries: string,
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const common = {
    ...environment,
    // Language hosts lie next to the CLI.
    PATH: `${environment["PATH"] ?? ""}:${binaries}`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The CLI hides --event-log, which its own Automation API reads, behind this.
    PULUMI_DEBUG_COMMANDS: "true",
  };
  if (!target.ownState) return common;
  // An empty one is refused here, with a sentence, rather than by the CLI's prompt.
  passphraseOf(target.home);
  const own: NodeJS.ProcessEnv = {
    ...common,
    PULUMI_BACKEND_URL: `file://${target.home.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: target.home.passphraseFile,
  };
  delete own["PULUMI_CONFIG_PASSPHRASE"];
  return own;
}
