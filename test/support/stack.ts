// A stack of the product, driven as a person drives it: by its commands and its configuration file.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { ensureHome, homeOf, passphraseOf } from "#cli/project/home";
import { removeContainers, removeNetworks, removeVolumes } from "#cli/io/removal";
import type { Changes } from "#cli/engines/runner";
import { Crypter } from "#engine/crypter";
import { decodeCheckpoint, readCheckpoint, saltOf, type Deployment } from "#engine/state";
import { dockerAt } from "#lib/docker";
import { deepMerge, type Mapping } from "#lib/merge";
import { claimName } from "./claims.js";
import { docker, root, type Outcome } from "./docker.js";
import { noted } from "./waits.js";

/** The engine that the suite drives: `embedded`, or `cli` for Pulumi's own. */
export const engine = process.env["KEELSON_ENGINE"] ?? "embedded";

/** A run of `keelson up`. */
export interface Run {
  readonly changes: Changes;
  readonly output: string;
}

/** A stack with a configuration, a state and ports of its own. */
export class Stack {
  /** Everything that its commands have printed so far. */
  printed = "";
  /** Variables of its commands' environment, besides the process's own. */
  environment: NodeJS.ProcessEnv = {};
  readonly name: string;
  /** Where its state and passphrase are. */
  readonly home: string;
  readonly configFile: string;
  private sections: Mapping;
  #crypter: Crypter | undefined;

  /** @param sections settings by section, laid on those that all test stacks have in common */
  constructor(name: `test-${string}`, sections: Mapping) {
    this.name = name;
    this.home = mkdtempSync(join(tmpdir(), `keelson-${name}-`));
    this.configFile = join(this.home, "settings.yaml");
    this.sections = deepMerge(common, sections);
    this.configure({});
  }

  /** The same stack under another name, as after a rename: folder and settings are the same ones. */
  called(name: `test-${string}`): Stack {
    return Object.assign(Object.create(Stack.prototype) as Stack, this, { name });
  }

  /** Its settings by section, those in common among them. */
  get settings(): Mapping {
    return this.sections;
  }

  /** Lays settings on the present ones; the next command sees them. */
  configure(sections: Mapping): void {
    this.replace(deepMerge(this.sections, sections));
  }

  /** Puts settings in the place of the present ones: what is not among them is gone. */
  replace(sections: Mapping): void {
    this.sections = sections;
    const config = Object.entries(this.sections).map(([key, value]) => [`keelson:${key}`, value]);
    const content = {
      encryptionsalt: this.#crypter?.salt,
      config: Object.fromEntries(config) as Mapping,
    };
    writeFileSync(this.configFile, stringify(content));
  }

  /** A text as Pulumi seals it in a stack's file, with the passphrase of the stack; to be laid on its settings. */
  async seal(text: string): Promise<{ secure: string }> {
    const home = ensureHome(homeOf("", { KEELSON_HOME: this.home }));
    this.#crypter ??= await Crypter.create(passphraseOf(home));
    return { secure: this.#crypter.encrypt(text) };
  }

  /** The arguments of a command on this stack. */
  args(command: string, ...more: string[]): string[] {
    const own = ["--stack", this.name, "--config-file", this.configFile];
    const plain = withoutEngine.includes(command) || more.includes("--engine");
    const engines = plain ? [] : ["--engine", engine];
    return [join(root, "bin", "keelson.mjs"), ...command.split(" "), ...own, ...engines, ...more];
  }

  /** The environment of its commands. */
  get env(): NodeJS.ProcessEnv {
    const bin = join(root, "node_modules", ".bin");
    return {
      // What a commit changes here is no release of the stack's.
      APP_VERSION: "0.0.0",
      GIT_SHA: "unknown",
      ...process.env,
      PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
      KEELSON_HOME: this.home,
      ...this.environment,
    };
  }

  /** Runs a command, whatever comes of it. */
  async keelson(command: string, ...more: string[]): Promise<Outcome> {
    const args = this.args(command, ...more);
    const outcome = await noted("command", `keelson ${command}`, () => runNode(args, this.env));
    this.printed += outcome.stdout + outcome.stderr;
    return outcome;
  }

  /** Runs a command. @throws Error with its output when it fails */
  async must(command: string, ...more: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.keelson(command, ...more);
    if (code === 0) return stdout;
    throw new Error(`keelson ${command} ended with ${code}:\n${stdout}${stderr}`);
  }

  /** `keelson up`. @throws Error with its output when it fails */
  async up(...more: string[]): Promise<Run> {
    const output = await this.must("up", "--json", ...more);
    return { output, changes: JSON.parse(output.trim().split("\n").at(-1) ?? "") as Changes };
  }

  /** What `keelson outputs` says, secret values too. */
  async outputs(): Promise<Record<string, unknown>> {
    const text = await this.must("outputs", "--json", "--show-secrets");
    // A secret of the person who asked for it: not what the search for leaks is about.
    this.printed = this.printed.replace(text, "");
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** The file that holds its state. */
  get stateFile(): string {
    return join(this.home, "state", ".pulumi", "stacks", "keelson", `${this.name}.json`);
  }

  /** Its state with the secrets opened. */
  async state(): Promise<Deployment> {
    const checkpoint = await readCheckpoint(this.stateFile);
    const passphrase = readFileSync(join(this.home, "passphrase"), "utf8").trim();
    const salt = saltOf(checkpoint);
    if (salt === undefined) throw new Error(`${this.stateFile} holds no state yet`);
    return decodeCheckpoint(checkpoint, await Crypter.open(passphrase, salt));
  }

  /** Words that filter docker's lists down to this stack. */
  get filter(): string[] {
    return ["--filter", `label=dev.keelson.stack=${this.name}`];
  }

  /** Ids of its containers and networks, names of its volumes. */
  async present(): Promise<Record<"containers" | "networks" | "volumes", string[]>> {
    const list = async (...args: string[]) =>
      (await docker([...args, ...this.filter])).split("\n").filter((line) => line !== "");
    return {
      containers: await list("ps", "--all", "--quiet", "--no-trunc"),
      networks: await list("network", "ls", "--quiet", "--no-trunc"),
      volumes: await list("volume", "ls", "--quiet"),
    };
  }

  /**
   * Removes what the stack has on the host, without its engine: also what an earlier test run left. The stack is this
   * process's from then on.
   */
  async sweep(): Promise<void> {
    await claimName(this.name);
    const { containers, networks, volumes } = await this.present();
    await removeContainers(dockerAt(), containers);
    await removeNetworks(dockerAt(), networks);
    await removeVolumes(dockerAt(), volumes);
  }

  /** Removes everything, the state too. */
  async remove(): Promise<void> {
    await this.sweep();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Commands that need no engine. */
const withoutEngine = [
  "check",
  "checklist",
  "load",
  "build",
  "maintenance",
  "alerts",
  "alerts test",
  "alerts silence",
  "releases",
  "backups",
  "backup now",
  "drill now",
  "restore",
  "logs",
  "status",
  "exec",
  "exec postgres",
  "jobs list",
  "jobs run",
  "jobs logs",
  "stop",
  "psql",
];

/** What differs from the project's defaults in every test stack: it is as quick as can be. */
const common: Mapping = {
  environment: "local",
  app: { name: "e2e", stopTimeout: "10s" },
  proxy: { domains: ["localhost", "127.0.0.1"], bind: "127.0.0.1" },
  backup: { schedule: "0 3 * * *" },
  release: { drain: "5s", watch: { window: null } },
};

/** Runs a program of Node's, whatever comes of it. */
export function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = root,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, stdout, stderr });
      else reject(new Error(`${args.join(" ")} was ended by ${String(error?.signal)}`));
    });
  });
}
