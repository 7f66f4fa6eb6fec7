import { buildProblems } from "#components/app/build-problems";
import { namesOf, type Settings } from "#config";
import { secretSource } from "#config/secret-source";
import { dockerAt, type Docker } from "#lib/docker";
import { duration, seconds } from "#lib/duration";
import { taggedImage } from "#lib/image-reference";
import { askRegistry } from "#lib/registry";
import { parseSettings, SettingsError } from "#lib/settings";
import { tail } from "#lib/run-process";
import { inventory as inventorySchema, type Inventory } from "../documents/backups.js";
import { readDocument } from "../documents/read.js";
import { Failure, messageOf } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { table } from "../io/table.js";
import { checkTarget, settingsOf, targetOf, type Target } from "../project/target.js";
import type { ChecklistOptions } from "../registrations/checklist.js";
import { workloadOf } from "../stack/container.js";
import { history } from "../stack/releases.js";
import {
  afterGate,
  backupGate,
  gate,
  proofGate,
  releaseGate,
  type Gate,
} from "./checklist/gates.js";

/** `keelson checklist`: the gates of a deploy, all of them, and what is in its way. @throws Failure where one is not passed */
export async function checklist(options: ChecklistOptions, say: Say): Promise<void> {
  const within = {
    backup: secondsOf("--backup-within", options.backupWithin),
    proof: secondsOf("--proof-within", options.proofWithin),
  };
  const target = targetOf(options);
  const gates = await allGates(options, target, within, new Date());
  const failed = gates.filter(({ ok }) => !ok);
  if (options.json === true) say(JSON.stringify({ ok: failed.length === 0, gates }));
  else
    for (const line of table(gates.map((each) => [each.ok ? "ok" : "NO", each.gate, each.text])))
      say(line);
  if (failed.length === 0) return;
  throw new Failure(
    `${target.stack}: not to be deployed: ${failed.map((each) => each.gate).join(", ")}.`,
  );
}

async function allGates(
  options: ChecklistOptions,
  target: Target,
  within: { readonly backup: number; readonly proof: number },
  now: Date,
): Promise<Gate[]> {
  const settings = settingsOf(target);
  const docker = dockerAt(settings.docker.host);
  const host = await hostGate(docker);
  const gates = [settingsGate(target), requiredGate(options, target, settings), host];
  // Without the host nothing else can be known.
  if (!host.ok) return gates;
  const image = await imageGate(settings, docker);
  const names = namesOf(settings, target.stack);
  const releases = await history({ docker, ...names }).catch(() => []);
  gates.push(image, releaseGate(releases), ...(await backupGates(options, settings, within, now)));
  if (options.after !== undefined) gates.push(await laterGate(options.after, settings, docker));
  return gates;
}

function settingsGate(target: Target): Gate {
  const checked = checkTarget(target);
  const problems =
    "settings" in checked
      ? buildProblems(checked.settings, target.projectDirectory)
      : checked.problems;
  return gate(
    "settings",
    problems.length === 0 ? undefined : problems.join(" · "),
    "accepted, with all secrets",
  );
}

function requiredGate(options: ChecklistOptions, target: Target, settings: Settings): Gate {
  const names = (options.require ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const source = secretSource(settings, process.env, target.projectDirectory);
  const missing = names.filter((name) => (source(name) ?? "") === "");
  const problem =
    missing.length === 0 ? undefined : `${missing.join(", ")} missing in the environment`;
  return gate("required", problem, names.length === 0 ? "nothing more" : names.join(", "));
}

async function hostGate(docker: Docker): Promise<Gate> {
  const result = await docker(["version", "--format", "{{.Server.Version}}"], {
    timeoutMs: 30_000,
  });
  const problem = result.code === 0 ? undefined : `Docker does not answer: ${tail(result)}`;
  return gate("host", problem, `Docker ${result.stdout.trim()}`);
}

async function imageGate({ app }: Settings, docker: Docker): Promise<Gate> {
  if (app.image === undefined) return gate("image", undefined, "built by up, from app.build");
  const local = await docker(["image", "inspect", "--format", "{{.Id}}", app.image]);
  if (local.code === 0) return gate("image", undefined, `${app.image} is on the host`);
  const tagged = app.image.includes("@") ? byDigest(app.image) : taggedImage(app.image);
  if (tagged === undefined) return gate("image", `${app.image} is not on the host`, "");
  const answer = await askRegistry(docker, tagged);
  const problem =
    "digest" in answer ? undefined : `${app.image} can't be looked up: ${answer.reason}`;
  return gate("image", problem, `${app.image} is in its registry`);
}

/** A registry takes a digest where a tag stands. */
function byDigest(reference: string) {
  const [repository = "", digest = ""] = reference.split("@");
  return { repository: repository.replace(/:[^/:]+$/, ""), tag: digest };
}

async function backupGates(
  options: ChecklistOptions,
  settings: Settings,
  within: { readonly backup: number; readonly proof: number },
  now: Date,
): Promise<Gate[]> {
  if (!settings.backup.enabled) {
    return [
      gate("backup", "backup.enabled is false", ""),
      gate("proof", "backup.enabled is false", ""),
    ];
  }
  try {
    const inventory = await inventoryOf(options);
    return [backupGate(inventory, within.backup, now), proofGate(inventory, within.proof, now)];
  } catch (error) {
    return [gate("backup", messageOf(error), ""), gate("proof", messageOf(error), "")];
  }
}

async function inventoryOf(options: ChecklistOptions): Promise<Inventory> {
  const { docker, id } = await workloadOf(options, "backup");
  const result = await docker(["exec", id, "/usr/local/bin/inventory"]);
  if (result.code !== 0) throw new Failure(`the backups can't be listed: ${tail(result)}`);
  return readDocument(inventorySchema, result.stdout, "the list of backups");
}

async function laterGate(stack: string, { app }: Settings, docker: Docker): Promise<Gate> {
  const name = `after ${stack}`;
  if (app.image === undefined)
    return gate(name, "app.image: is not set, so each stack builds its own", "");
  try {
    const other = targetOf({ stack });
    const settings = settingsOf(other);
    const releases = await history({
      docker: dockerAt(settings.docker.host),
      ...namesOf(settings, stack),
    });
    const id = await docker(["image", "inspect", "--format", "{{.Id}}", app.image]);
    const byName = afterGate(stack, releases, app.image);
    return byName.ok || id.code !== 0 ? byName : afterGate(stack, releases, id.stdout.trim());
  } catch (error) {
    return gate(name, messageOf(error), "");
  }
}

function secondsOf(option: string, text: string): number {
  try {
    return seconds(parseSettings(duration, text, option));
  } catch (error) {
    if (error instanceof SettingsError) throw new Failure(error.message);
    throw error;
  }
}
