import { takeLock } from "#engine/lock";
import { dockerAt } from "#lib/docker";
import { serviceFile } from "#lib/libpq";
import { messageOf } from "../io/failure.js";
import { LockHolder } from "#release/migration/lock-holder";
import { makeDump, makeRestorePoint } from "#release/migration/way-back";
import { processContext } from "#release/step-context";
import { confirm } from "../io/confirm.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { projectName } from "../project/config.js";
import { ensureHome } from "../project/home.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { MigrateOptions } from "../registrations/migrate.js";
import { refuseDuringDeploy, releasesOf } from "../stack/during-deploy.js";
import { openSession } from "../stack/session.js";
import type { Stack } from "../stack/stack.js";
import { liveApp, type LiveApp } from "./migrate/live.js";
import { holderLines } from "./migrate/holder.js";
import { runLike } from "./run.js";

/** `keelson migrate`: the migration of what is live once more; this process ends as its command does. */
export async function migrate(options: MigrateOptions, say: Say): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const command = settings.app.migrate?.command;
  if (command === undefined) {
    throw new Failure(
      "app.migrate: is not set, so there is no migration; set app.migrate.command.",
    );
  }
  const of = { docker: dockerAt(settings.docker.host), settings, stack: target.stack };
  const home = ensureHome(target.home);
  const project = projectName(target.projectDirectory);
  const release = await takeLock(home.state, project, target.stack, say);
  try {
    const live = await liveApp(of, await releasesOf(of, say));
    await refuseDuringDeploy(of, live.releases);
    say(`The migration of ${live.version} (${live.image}): ${command.join(" ")}`);
    await confirm(`This migrates the database of ${of.stack}.`, of.stack, options);
    process.exitCode = await underLock(of, { live, command }, options, say);
  } finally {
    await release();
  }
}

interface Wanted {
  readonly live: LiveApp;
  readonly command: readonly string[];
}

/** @returns exit code of the command @throws Failure where the lock can't be had, or something invalid is left */
async function underLock(
  of: Stack,
  wanted: Wanted,
  options: MigrateOptions,
  say: Say,
): Promise<number> {
  const { runner } = await openSession(options, () => undefined, {
    readOnly: true,
    secrets: "unused",
  });
  const outputs = await runner.outputs();
  const text = (name: string) => {
    const value = outputs[name]?.value;
    return typeof value === "string" ? value : undefined;
  };
  const login = serviceFile(text("migratorUrl") ?? "", text("databaseAuthority"));
  const image = text("toolsImage");
  if (login === undefined || image === undefined) {
    throw new Failure(
      `The stack ${of.stack} has no database that can be migrated; run keelson up.`,
    );
  }
  const network = text("dataNetwork") ?? wanted.live.network;
  const holder = new LockHolder(holderLines(of, { ...wanted, image, network }), login, say);
  try {
    return await migrateWith(of, holder, { ...wanted, options, say });
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(`migration: ${messageOf(error)}`);
  } finally {
    await holder.close();
  }
}

async function migrateWith(
  of: Stack,
  holder: LockHolder,
  { live, command, options, say }: Wanted & { readonly options: MigrateOptions; readonly say: Say },
): Promise<number> {
  await holder.locked((who) => {
    say(`Waiting for another migration: ${who}`);
  });
  const passed = await holder.passedBefore();
  if (passed !== undefined) say(`It ${passed} on these data, and runs once more.`);
  const context = { ...processContext(of.docker), say };
  const { migrate: settings } = of.settings.app;
  await makeRestorePoint(context, { ...live, release: live.version });
  const backup = settings?.dumpBefore === true ? live.backup : undefined;
  await makeDump(context, { backup, lockWaitSeconds: live.lockWaitSeconds });
  await holder.tell("begin");
  const code = await runLike(of, command, { ...options, as: "migrator" });
  if (code !== 0) {
    const changes = await holder.changes();
    console.error(`The migration ended with ${String(code)}. ${changes}.`);
    return code;
  }
  const { index, constraint } = await holder.tell("left");
  const left = [index, settings?.allowNotValid === true ? undefined : constraint];
  const said = left.filter((each) => each !== undefined);
  if (said.length > 0) throw new Failure(`The migration passed, but ${said.join("; ")}`);
  await holder.tell("passed");
  say("Migrated; keelson run --list has it.");
  return code;
}
