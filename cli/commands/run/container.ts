import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Docker } from "#lib/docker";
import { isAlive } from "../../stack/releases.js";
import { ask, labelFilters } from "../../io/docker.js";
import { attach, detachKeys, onSignals, type PassedSignal } from "../../io/attach.js";
import { Failure } from "../../io/failure.js";
import { tail } from "#lib/run-process";
import { networksOf, type CreateCall } from "./create.js";
import type { Model } from "./model.js";

/** The label that names the process which began a run. */
export const byLabel = "dev.keelson.by";

/** Time that a command has to end after a signal when nobody sees its end any more, in milliseconds. */
const graceMs = 15_000;

/** A container for one command: made, connected, filled with its secrets, run, and gone. */
export class RunContainer {
  readonly #docker: Docker;
  readonly #model: Model;
  readonly #name: string;

  public constructor(docker: Docker, model: Model, name: string) {
    this.#docker = docker;
    this.#model = model;
    this.#name = name;
  }

  /**
   * @param fill copies into the container what it needs before it starts
   * @returns the exit code of its command
   * @throws Failure where it can't be made; nothing is left then
   */
  public async run(call: CreateCall, fill: (container: string) => Promise<void>): Promise<number> {
    let early: PassedSignal | undefined;
    const forget = onSignals((signal) => (early ??= signal));
    try {
      await this.#create(call);
      await fill(this.#name);
      if (early !== undefined) throw new Failure(`${early}: the command was not begun.`);
      forget();
      return await this.#attached();
    } finally {
      forget();
      // Gone already, unless it was never started or its end was not waited for.
      await this.#docker(["rm", "--force", "--volumes", this.#name]);
    }
  }

  async #create({ args, environment, file }: CreateCall): Promise<void> {
    const docker = this.#docker;
    const env = { ...(docker.environment ?? process.env), ...environment };
    const created = await withFile(file, (path) => {
      const option = path === undefined ? [] : ["--env-file", path];
      return docker(["create", ...option, ...args], { env });
    });
    if (created.code !== 0) {
      throw new Failure(`The container can't be made: ${tail(created)}`);
    }
    for (const network of networksOf(this.#model).slice(1)) {
      await ask(docker, ["network", "connect", network, this.#name]);
    }
  }

  async #attached(): Promise<number> {
    const got = new Set<PassedSignal>();
    const args = ["start", "--attach", "--interactive", detachKeys, this.#name];
    const code = await attach(this.#docker, args, (signal) => {
      got.add(signal);
      void this.#kill(signal);
    });
    // The client ends with its terminal, and the command has a moment to do so, too.
    if (got.has("SIGHUP")) await this.#docker(["wait", this.#name], { timeoutMs: graceMs });
    return code;
  }

  /** It may not have started yet. */
  async #kill(signal: PassedSignal): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const { code, stderr } = await this.#docker(["kill", "--signal", signal, this.#name]);
      if (code === 0 || !/is not running/i.test(stderr)) return;
      const state = ["inspect", "--format", "{{.State.Status}}", this.#name];
      if ((await this.#docker(state)).stdout.trim() !== "created") return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Does something with a file that only this user may read, and that is gone then; an empty one is not made. */
async function withFile<T>(
  text: string,
  act: (path: string | undefined) => Promise<T>,
): Promise<T> {
  if (text === "") return act(undefined);
  const folder = await mkdtemp(join(tmpdir(), "keelson-run-"));
  try {
    const path = join(folder, "variables");
    await writeFile(path, text, { mode: 0o600 });
    return await act(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes containers of runs that were made and never started, of processes that are there no more. */
export async function removeUnstarted(docker: Docker, app: string, stack: string): Promise<void> {
  const filters = ["--filter", "label=dev.keelson.workload=run", "--filter", "status=created"];
  const format = ["--format", `{{.ID}} {{.Label "${byLabel}"}}`];
  const args = ["ps", "--all", ...filters, ...labelFilters(app, stack), ...format];
  const lines = (await ask(docker, args)).split("\n").filter((line) => line !== "");
  const old = lines.map((line) => line.split(" ")).filter(([, by = ""]) => !isAlive(by));
  for (const [id = ""] of old) await docker(["rm", "--force", "--volumes", id]);
}
