import {
  inventory as inventorySchema,
  type Drills,
  type Inventory,
  type Proof,
} from "../documents/backups.js";
import { readDocument } from "../documents/read.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { tail } from "#lib/run-process";
import type { BackupsOptions } from "../registrations/backups.js";
import { backupWorkloads, runningLines } from "../stack/running.js";
import { workloadOf } from "../stack/container.js";
import { proven, size, table } from "../io/table.js";
import { volumeInventory, volumeLines } from "../stack/volume-backups.js";

/** `keelson backups`: what there is, what of it is proven, and to which moments the database can be restored. */
export async function backups(options: BackupsOptions, say: Say): Promise<void> {
  const { docker, id, settings } = await workloadOf(options, "backup");
  if (options.metrics === true) {
    const printed = await docker(["exec", id, "/usr/local/bin/observe", "print"]);
    if (printed.code !== 0) throw new Failure(`There are no metrics: ${tail(printed)}`);
    say(printed.stdout.trimEnd());
    return;
  }
  const containers = await runningLines(docker, settings, options, backupWorkloads);
  if (options.json !== true) for (const line of containers) say(line);
  const result = await docker(["exec", id, "/usr/local/bin/inventory"]);
  if (result.code !== 0) throw new Failure(`The backups can't be listed: ${tail(result)}`);
  const inventory = readDocument(inventorySchema, result.stdout, "the list of backups");
  const volumes = await volumeInventory(options);
  if (options.json === true) {
    const more = { containers, ...(volumes === undefined ? {} : { volumes }) };
    say(JSON.stringify({ ...inventory, ...more }));
    return;
  }
  for (const line of inventoryText(inventory)) say(line);
  if (volumes !== undefined) for (const line of volumeLines(volumes)) say(line);
}

/** An inventory in lines for a person. */
export function inventoryText({ window, backups, dumps, archive, ...rest }: Inventory): string[] {
  return [
    ...alertLines(rest.alerts),
    restorableLine(window, rest.physical === false, dumps),
    ...drillLines(rest.drills),
    ...(rest.drills.offsite ?? []).flatMap((each) => offsiteLines(each)),
    ...archiveLines(archive),
    ...(rest.repositories ?? []).flatMap(({ number, ok, message }) =>
      ok ? [] : [`Failing: repository ${String(number)} can't be read: ${message}`],
    ),
    ...Object.entries(rest.lastRuns).flatMap(([name, run]) =>
      run?.error === null || run?.error === undefined
        ? []
        : [`Failed: the last ${runs[name] ?? name}: ${run.error}`],
    ),
    ...(rest.disks.length === 0 ? [] : [`Disks: ${rest.disks.map(diskText).join(", ")}.`]),
    ...table(
      backups.map(({ repository, label, type, endedAt, bytes, provenAt }) => [
        type,
        label,
        `repository ${String(repository)}`,
        endedAt,
        size(bytes),
        proven(provenAt),
      ]),
    ),
    ...table(
      dumps.map(({ file, createdAt, bytes, rows, provenAt, copies = [] }) => [
        "dump",
        file,
        `${String(rows)} rows`,
        createdAt,
        size(bytes),
        proven(provenAt),
        ...(copies.length === 0 ? [] : [`repository ${copies.join(", ")}`]),
      ]),
    ),
    ...table(
      (rest.further ?? []).map(({ file, createdAt, bytes, rows }) => [
        "dump",
        file,
        `${String(rows)} rows`,
        createdAt,
        size(bytes),
      ]),
    ),
  ];
}

function restorableLine(
  { from, to }: Inventory["window"],
  external: boolean,
  dumps: Inventory["dumps"],
): string {
  if (external) {
    return dumps.length === 0
      ? "Nothing can be restored yet: the external database has not been dumped."
      : "Dumps can be restored, and no other moment: the database is external.";
  }
  return from === null
    ? "No moment can be restored yet: there is no full backup with WAL after it."
    : `Any moment can be restored from ${from} to ${to ?? "now"}.`;
}

/** Returns the result of a drill, in lines for a person. */
export function proofText(proof: Proof): string[] {
  const seconds = (value: number | undefined) => (value === undefined ? "-" : `${String(value)} s`);
  return [
    proof.proven
      ? `Proven: restored ${proof.backup === undefined ? `${proof.dump ?? ""} of` : `${proof.backup} to`} ${proof.target ?? ""}.`
      : `NOT proven: ${proof.error ?? "the drill says nothing"}`,
    ...table(proof.checks.map(({ name, ok, detail }) => [ok ? "ok" : "FAILED", name, detail])),
    `RPO ${seconds(proof.rpoSeconds)}, RTO ${seconds(proof.rtoSeconds)}.`,
  ];
}

const runs: Readonly<Record<string, string>> = {
  base: "physical backup",
  dump: "dump",
  verify: "verification",
};

/** Alerts that a line of its own reports already. */
const saidElsewhere = [
  "KeelsonBackupFailed",
  "KeelsonDrillRed",
  "KeelsonVerifyRed",
  "KeelsonServerSilent",
];

function alertLines(alerts: Inventory["alerts"]): string[] {
  return alerts
    .filter(({ alert }) => !saidElsewhere.includes(alert))
    .map(({ text }) => `ALERT: ${text}`);
}

function diskText({ name, size: all, free }: Inventory["disks"][number]): string {
  return `${name} ${String(Math.round((1 - free / all) * 100))} % full, ${size(free)} free`;
}

function drillLines({ last, lastProven }: Inventory["drills"]): string[] {
  if (last === null) return ["Nothing is proven: no drill has run yet (keelson drill now)."];
  const red = last.proven
    ? []
    : [`NOT proven: the last drill, ${last.endedAt}: ${last.error ?? ""}`];
  if (lastProven === null) return red;
  const { endedAt, rpoSeconds, rtoSeconds } = lastProven;
  const rpo = rpoSeconds === undefined ? "" : `RPO ${String(rpoSeconds)} s, `;
  return [...red, `Proven: ${endedAt}, ${rpo}RTO ${String(rtoSeconds ?? "-")} s.`];
}

function offsiteLines({ repository, ...drills }: Drills & { repository: number }): string[] {
  return drillLines(drills).map((line) => `Repository ${String(repository)} alone: ${line}`);
}

function archiveLines({ failing, waiting, reason, error }: Inventory["archive"]): string[] {
  if (error !== undefined) return [`The server does not answer: ${error.trim()}`];
  if (failing !== true) return [];
  const wait = `${String(waiting)} segments wait`;
  return reason === undefined || reason === null
    ? [`Failing: WAL is not archived, ${wait}; see the server's log.`]
    : [`Failing: WAL does not reach every repository, ${wait}: ${reason}`];
}
