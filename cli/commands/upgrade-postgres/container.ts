import { hostNames, prefixOf } from "#config";
import { postgresUser } from "#lib/platform";
import { mebibytes } from "#lib/size";
import { buildImage } from "../../host/build-image.js";
import { message } from "../backup.js";
import type { Docker } from "#lib/docker";
import { ask, hardened, labelArgs } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { withProgress, type Say } from "../../io/progress.js";
import { tail } from "#lib/run-process";
import { readDocument } from "../../documents/read.js";
import { upgradeReport, upgradeReports, type UpgradeReport } from "../../documents/upgrade.js";
import type { Situation, UpgradeContext } from "./situation.js";

/** Runs the upgrade image. @throws Failure where it could not even begin */
export async function runUpgrade(
  action: UpgradeReport["kind"],
  context: UpgradeContext,
  situation: Situation,
  say: Say,
): Promise<UpgradeReport> {
  const { docker, settings, target } = context;
  const where = { projectDirectory: target.projectDirectory, host: settings.docker.host };
  for (const recipe of situation.recipes) await buildImage(recipe, where, say);
  const mounts = await mountsOf(docker, situation.drill.id);
  const name = `${prefixOf(settings, target.stack)}-upgrade`;
  // What a run that was killed has left.
  await docker(["rm", "--force", name]);
  const memory = action === "rehearse" ? settings.backup.drill.memory : settings.postgres.memory;
  const args = [
    "run",
    "--rm",
    "--name",
    name,
    "--network",
    "none",
    ...hardened,
    "--shm-size",
    "256m",
    "--memory",
    `${String(Math.max(mebibytes(memory), 512))}m`,
    "--user",
    postgresUser,
    ...labelArgs(...hostNames(settings, target.stack), "upgrade"),
    ...volumes(action, mounts, situation.volume),
    ...(await environment(docker, situation)),
    situation.image,
    action,
  ];
  const line = (text: string) => {
    if (text.startsWith('{"level"')) say(`  ${message(text)}`);
  };
  const result = await withProgress(say, `${action} in ${name}`, docker(args, { line }));
  if (result.stdout.startsWith("{")) {
    return readDocument(upgradeReport, result.stdout, "the report of the upgrade");
  }
  throw new Failure(`The upgrade did not begin: ${tail(result)}`);
}

/** The reports of a stack's upgrades and rehearsals, oldest first. */
export async function reportsOf(docker: Docker, drill: string): Promise<UpgradeReport[]> {
  const each = ["-exec", "jq", "--slurp", "sort_by(.id)", "{}", "+"];
  const find = ["find", "/proofs", "-maxdepth", "1", "-name", "upgrade-*.json", ...each];
  const found = await ask(docker, ["exec", drill, ...find]);
  return found === "" ? [] : [...readDocument(upgradeReports, found, "the reports of upgrades")];
}

interface Mount {
  readonly Type: string;
  readonly Name?: string;
  readonly Destination: string;
  readonly RW: boolean;
}

async function mountsOf(docker: Docker, id: string): Promise<Mount[]> {
  const text = await ask(docker, ["inspect", "--format", "{{json .Mounts}}", id]);
  return (JSON.parse(text) as Mount[]).filter(({ Type }) => Type === "volume");
}

/** A rehearsal has what a drill has. What is applied has the data, and writes into the repository what follows what. */
function volumes(action: UpgradeReport["kind"], mounts: readonly Mount[], data: string): string[] {
  const args = ({ Name = "", Destination, RW }: Mount) => [
    "--volume",
    `${Name}:${Destination}${RW ? "" : ":ro"}`,
  ];
  if (action === "rehearse") return mounts.flatMap(args);
  const wanted = mounts.filter(({ Destination }) =>
    ["/repository", "/proofs"].includes(Destination),
  );
  return [
    ...wanted.flatMap((each) => args({ ...each, RW: true })),
    "--volume",
    `${data}:/var/lib/postgresql/data`,
  ];
}

async function environment(docker: Docker, { drill, image }: Situation): Promise<string[]> {
  const text = await ask(docker, ["inspect", "--format", "{{json .Config.Env}}", drill.id]);
  const names = ["PGDATABASE", "PGBACKREST_CONFIG", "PGBACKREST_STANZA"];
  const same = (JSON.parse(text) as string[]).filter((each) =>
    names.includes(each.split("=")[0] ?? ""),
  );
  return [...same, `UPGRADE_IMAGE=${image}`].flatMap((each) => ["--env", each]);
}
