import * as engine from "#engine/index";
import type { Mapping } from "#lib/merge";
import { destroyVariable } from "#lib/platform";
import { configFileVariable } from "#config/stack-file";
import { passphraseOf } from "../project/home.js";
import type { Say } from "../io/progress.js";
import {
  injectedIn,
  recordedIn,
  secretsType,
  type Outputs,
  type Recorded,
  type Result,
  type Runner,
  type UpOptions,
} from "./runner.js";
import { editOwnState } from "./state-edit.js";
import type { StateEdit } from "./runner.js";
import { checkpointFile, copyConfig, projectName, readDeployment } from "../project/config.js";
import type { Target } from "../project/target.js";

/** Runs a stack with the embedded engine, its state always in the checkout. */
export class Embedded implements Runner {
  readonly #target: Target;
  readonly #say: Say;
  readonly #allowAnyStack: boolean;
  readonly #project: string;

  public constructor(target: Target, say: Say, allowAnyStack: boolean) {
    this.#target = target;
    this.#say = say;
    this.#allowAnyStack = allowAnyStack;
    this.#project = projectName(target.projectDirectory);
  }

  public readonly up = ({ refresh, app }: UpOptions): Promise<Result> =>
    this.#interruptible((signal) => engine.up({ ...this.#options(app), refresh, signal }));

  /** The containers are looked at, as `up` does; not those of a stack that is only previewed here. */
  public readonly preview = () => {
    const refresh = this.#target.ownState;
    return this.#interruptible((signal) => engine.preview({ ...this.#options(), refresh, signal }));
  };

  public readonly destroy = (options: { protectedToo: boolean }): Promise<Result> =>
    this.#interruptible((signal) => {
      const all = { ...this.#options(), ...options, signal };
      if (!options.protectedToo) return engine.destroy(all);
      const environment = { ...all.environment, [destroyVariable]: "1" };
      return engine.destroy({ ...all, environment });
    });

  public readonly outputs = (): Promise<Outputs> => engine.outputs(this.#options());

  public readonly injected = async (): Promise<Readonly<Record<string, string>>> =>
    injectedIn(await this.resource(secretsType));

  public readonly resource = (type: string, name?: string): Promise<Outputs> =>
    engine.outputs(this.#options(), type, name);

  public readonly recorded = (): Promise<Recorded> =>
    Promise.resolve(recordedIn(readDeployment(checkpointFile(this.#target, this.#project))));

  public readonly settle = (): Promise<boolean> => Promise.resolve(false);

  public readonly edit = (edit: StateEdit): Promise<boolean> =>
    editOwnState(this.#target, this.#project, edit, this.#say);

  // Its own `up` adopts or cleans what a kill left, and recreates what is gone.
  public readonly forget = (): Promise<void> => Promise.resolve();

  public readonly rename = (to: string, between: () => void): Promise<void> => {
    const { projectDirectory, stack, home } = this.#target;
    const options = { projectDirectory, stack, stateDirectory: home.state, output: this.#say };
    return engine.renameStack(options, to, between);
  };

  #options(app?: Mapping): engine.EngineOptions {
    const { projectDirectory, stack, home } = this.#target;
    const { file } = copyConfig(this.#target, this.#project, { app });
    return {
      projectDirectory,
      stack,
      stateDirectory: home.state,
      passphrase: passphraseOf(home),
      configFile: file,
      environment: { ...process.env, [configFileVariable]: file },
      output: this.#say,
      allowAnyStack: this.#allowAnyStack,
    };
  }

  /** Ctrl-C lets the step at hand be recorded before the run ends. */
  async #interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const stop = () => {
      this.#say("Stopping after the steps at hand …");
      controller.abort();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    try {
      return await work(controller.signal);
    } finally {
      process.removeListener("SIGINT", stop);
      process.removeListener("SIGTERM", stop);
    }
  }
}
