import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { run as runProcess, type Run } from "#lib/run-process";
import { confirm } from "../io/confirm.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { ensureHome } from "../project/home.js";
import { targetOf, type Target } from "../project/target.js";
import type { UpgradeOptions } from "../registrations/upgrade.js";
import { candidate } from "./upgrade/candidate.js";
import { Pin, requireNpm } from "./upgrade/pin.js";
import { changesBetween, compareVersions } from "./upgrade/versions.js";

/** `keelson upgrade`: the changelog between two versions, a preview with the new one, then its pin. @throws Failure */
export async function upgrade(options: UpgradeOptions, say: Say, run = runProcess): Promise<void> {
  const target = targetOf(options);
  const project = target.projectDirectory;
  requirePin(project);
  requireNpm(project);
  const pin = new Pin(project, join(ensureHome(target.home).directory, "upgrade"), run);
  if (pin.undoInterrupted()) say("An upgrade that was interrupted is undone.");
  await requireClean(project, run);
  const spec = /\.(?:tgz|tar\.gz)$/.test(options.to) ? resolve(options.to) : options.to;
  const installed = versionIn(join(project, "node_modules", "keelson"));
  const wanted = await candidate(spec, project, run);
  const order = compareVersions(wanted.version, installed);
  if (order === 0) {
    say(`Keelson ${installed} is installed, and is what ${options.to} stands for.`);
    return;
  }
  if (order < 0) {
    throw new Failure(
      `--to: ${wanted.version} is older than ${installed}, which is installed; a state is not read by earlier versions.`,
    );
  }
  say(`Keelson ${installed} → ${wanted.version}`);
  const changes = changesBetween(wanted.changelog, installed, wanted.version);
  say(changes === "" ? "The changelog says nothing of it." : `\n${changes}\n`);
  await pin.move(spec);
  try {
    await preview(options, target, run, say);
    await confirm(`Keelson ${wanted.version} takes the place of ${installed}.`, "upgrade", options);
  } catch (error) {
    pin.undo();
    throw error;
  }
  pin.keep();
  say(
    `Keelson ${wanted.version} is pinned in package.json; commit it with its lock, then run keelson up.`,
  );
}

/** Says what the new version would do to the stack. @throws Failure where its preview fails */
async function preview(options: UpgradeOptions, target: Target, run: Run, say: Say): Promise<void> {
  if (!options.preview) return;
  const { stack, configFile, engine } = options;
  const file = configFile === undefined ? [] : ["--config-file", resolve(configFile)];
  const engines = engine === undefined ? [] : ["--engine", engine];
  const command = join("node_modules", "keelson", "bin", "keelson.mjs");
  const args = [command, "preview", "--stack", stack, ...file, ...engines];
  const result = await run(process.execPath, args, { cwd: target.projectDirectory, line: say });
  if (result.code === 0) return;
  throw new Failure(
    "The preview with the new version fails, so nothing is changed; mend what it names, or pass --no-preview.",
  );
}

const manifest = z.object({
  name: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** Refuses a project that does not name the package. @throws Failure */
function requirePin(project: string): void {
  const file = join(project, "package.json");
  if (!existsSync(file)) {
    throw new Failure(`${file}: is not there; keelson init writes one, with Keelson as a package.`);
  }
  const { name, dependencies, devDependencies } = manifest.parse(
    JSON.parse(readFileSync(file, "utf8")),
  );
  if (name === "keelson") {
    throw new Failure(`${project} is Keelson's own repository; update it by git.`);
  }
  if ("keelson" in dependencies || "keelson" in devDependencies) return;
  throw new Failure(`${file}: does not name keelson; add it there: npm install keelson.`);
}

/** Changes of a person's own would be mixed with the upgrade's. @throws Failure */
async function requireClean(project: string, run: Run): Promise<void> {
  const result = await run("git", ["status", "--porcelain", "--", "."], { cwd: project });
  // A folder that git does not have is no less a project.
  if (result.code !== 0 || result.stdout.trim() === "") return;
  const [first = ""] = result.stdout.split("\n");
  throw new Failure(
    `${project} has changes that are in no commit (${first.slice(3)}); commit them, or take them back.`,
  );
}

function versionIn(folder: string): string {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
