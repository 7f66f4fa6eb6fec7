import { realpathSync } from "node:fs";
import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { buildProblems } from "#components/app/build-problems";
import { ruleFileProblems } from "#components/monitoring/problems";
import { prefixOf, sealedProblems, type Settings, type stackSettings } from "#config";
import { secretSource } from "#config/secret-source";
import { loadSettings, settingsOfArgs, type Loaded } from "#config/load";
import { secretProblems } from "#config/secret-problems";
import { projectRoot } from "#lib/package-root";
import { problem, SettingsError } from "#lib/settings";
import { WholeStack } from "#program";
import { resolveAppImage } from "#program/app-image";
import { requireIdentity } from "#program/identity";
import type { ProgramContext } from "#program/shared";

// Pulumi's runner lets source maps into every stack trace, and the SDK takes one for each promise: half of the time of
// a run. They have nothing to say here, since the types are taken away in place.
Reflect.deleteProperty(Error, "prepareStackTrace");

// The SDK sends the engine three debug messages for each resource, three quarters of all its calls. The embedded engine
// shows none of them.
if (process.env["KEELSON_DEBUG_MESSAGES"] === "none") {
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
}

/** Settings of a stack, as a section of `Pulumi.<stack>.yaml` each: see docs/reference/settings. */
export type StackArgs = z.input<typeof stackSettings>;

/**
 * An application in production on a Docker host: proxy, app, database, backups.
 *
 * @example
 * const stack = Stack.fromConfig();
 * export default stack.outputs;
 */
export class Stack extends WholeStack {
  /** URL of the app, known once the proxy routes to it. */
  readonly url: pulumi.Output<string>;
  /** Version of the release. */
  readonly version: pulumi.Output<string>;
  /** Reference of the app's image. */
  readonly image: pulumi.Output<string>;
  /** Names of the containers by part (`proxy`, `app`, `postgres`, …), each known once it is healthy. */
  readonly containers: pulumi.Output<Readonly<Record<string, unknown>>>;
  /** Name of the database; undefined where it is external. */
  readonly database: pulumi.Output<string | undefined>;
  /** URL of the database for the role that migrates; secret. */
  readonly migratorUrl: pulumi.Output<string | undefined>;
  /** Name of the volume with the dumps; undefined without backups. */
  readonly backups: pulumi.Output<string | undefined>;
  /** Name of the volume with physical backups and WAL; undefined without backups. */
  readonly repository: pulumi.Output<string | undefined>;
  /** Passphrase of every repository of backups; secret, undefined without backups. */
  readonly repositoryPassphrase: pulumi.Output<string | undefined>;
  /** Name of the internal network of app and database. */
  readonly dataNetwork: pulumi.Output<string>;

  /**
   * The stack that the project's files describe: `keelson:…` in `Pulumi.yaml` and `Pulumi.<stack>.yaml`.
   *
   * @throws RunError with every problem of the settings, before anything is registered
   */
  static fromConfig(opts?: pulumi.ComponentResourceOptions): Stack {
    return explained(() => {
      const loaded = loadSettings(rootOfProgram());
      return new Stack(prefixOf(loaded.settings, pulumi.getStack()), loaded, opts);
    });
  }

  /**
   * @param name of the component; nothing on the host bears it
   * @param args settings in TypeScript, in the place of the project's files. Commands that look at a running stack
   *   (`keelson releases`, `restore`, …) read the files: keep there what they need, `app.name` at least
   * @throws RunError with every problem of the settings, before anything is registered
   */
  constructor(name: string, args: StackArgs | Loaded, opts?: pulumi.ComponentResourceOptions) {
    const loaded = explained(() => checked("goesBack" in args ? args : settingsOfArgs(args)));
    super(name, loaded.settings, contextOf(loaded), opts);
    const output = <T>(key: string) => pulumi.output(this.outputs[key]) as pulumi.Output<T>;
    this.url = output("url");
    this.version = output("version");
    this.image = output("image");
    this.containers = output("containers");
    this.database = output("database");
    this.migratorUrl = output("migratorUrl");
    this.backups = output("backups");
    this.repository = output("repository");
    this.repositoryPassphrase = output("repositoryPassphrase");
    this.dataNetwork = output("dataNetwork");
  }
}

/** @throws SettingsError with what is wrong beyond a setting's own form: files and secrets that it leads to */
function checked(loaded: Loaded): Loaded {
  const { settings, goesBack, sealed } = loaded;
  const root = rootOfProgram();
  const problems = [
    ...sealedProblems(settings, sealed),
    ...buildProblems(settings, root),
    ...ruleFileProblems(settings.monitoring, root),
    // A rollback to an earlier release must not be held up by a certificate that has run out since.
    ...secretProblems(settings, process.env, root, sealed, goesBack ? null : new Date()),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  return loaded;
}

function contextOf({ settings, goesBack, sealed }: Loaded): ProgramContext {
  const stack = pulumi.getStack();
  const root = rootOfProgram();
  return {
    stack,
    root,
    goesBack,
    sealed,
    admitted: admitted(settings, stack),
    // An earlier release's image is named by its record.
    appImage: goesBack || isMocked() ? undefined : resolveAppImage(settings, stack),
    secrets: secretSource(settings, process.env, root),
    release: {
      version: process.env["APP_VERSION"] ?? "0.0.0",
      gitSha: process.env["GIT_SHA"] ?? "unknown",
    },
  };
}

/**
 * Checks whose data the settings lead to. A refusal ends the program at once: whatever waits for it would only repeat
 * it, each in a longer sentence. A unit test, whose engine is made of mocks, has no data and no host.
 */
async function admitted(settings: Settings, stack: string): Promise<void> {
  if (isMocked()) return;
  try {
    await requireIdentity(settings, stack);
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) throw error;
    await pulumi.log.error(error.message);
    process.exit(hasSaidWhy);
  }
}

function isMocked(): boolean {
  const monitor = pulumi.runtime.getMonitor();
  return monitor !== undefined && "mocks" in monitor;
}

/** Exit code by which Pulumi's engine knows that a program has said itself what is wrong. */
const hasSaidWhy = 32;

/** The project's folder: paths of settings and of the steps of a release begin there. @throws SettingsError elsewhere */
function rootOfProgram(): string {
  const here = process.cwd();
  const root = projectRoot() ?? here;
  if (realpathSync(root) === realpathSync(here)) return root;
  const wrong = `runs in ${relative(root, here)}, where the steps of a release are not found`;
  throw new SettingsError([problem("main", wrong, "put the program next to Pulumi.yaml")]);
}

/** A person's mistake is a few lines to read, not a stack trace of ours. */
function explained<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new pulumi.RunError(`the settings are wrong:\n${error.message}`);
  }
}
