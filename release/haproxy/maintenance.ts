import type { ProxySession } from "../proxy-session.js";
import { StepFailure } from "../step-failure.js";
import { readEntries, replaceEntries, type EntriesKind } from "./entries.js";

/** Files of the proxy's volume that HAProxy starts from: maintenance outlasts restarts and releases. */
export const maintenanceFiles = {
  /** `on` to the value of Retry-After while it is on, and empty otherwise. */
  state: "maintenance/state.map",
  /** Addresses that pass besides those of the settings, one a line. */
  allow: "maintenance/allow.acl",
  /** Networks of the proxy's container, which its image writes at every start. */
  inside: "maintenance/inside.map",
} as const;

/** A file of the volume, as HAProxy's configuration names it. */
export function inConfiguration(file: string): string {
  return `/config/${file}`;
}

/** Maintenance as a command asks for it. */
export interface MaintenanceRequest {
  /** Seconds after which clients are asked to come back. */
  readonly retryAfter: number;
  /** Addresses and ranges that pass, besides those of the settings. */
  readonly allow: readonly string[];
}

/** Maintenance as the proxy has it. */
export type MaintenanceState =
  | { readonly on: false }
  | ({
      readonly on: true;
      /** Time since which it is on, in UTC. */
      readonly since: string;
    } & MaintenanceRequest);

/** Returns the state of maintenance mode in HAProxy. @throws StepFailure where its configuration has no maintenance */
export async function readMaintenance(session: ProxySession): Promise<MaintenanceState> {
  await requireKnown(session);
  const [state] = await readEntries(session, "map", inConfiguration(maintenanceFiles.state));
  if (state === undefined) return { on: false };
  const allow = await readEntries(session, "acl", inConfiguration(maintenanceFiles.allow));
  const since = await session.modified(maintenanceFiles.state);
  return { on: true, retryAfter: Number(state.replace(/^on /, "")), allow, since };
}

/**
 * Turns maintenance on, or off where there is no request: without a reload, and without a closed connection.
 * @throws StepFailure
 */
export async function turnMaintenance(
  session: ProxySession,
  request: MaintenanceRequest | undefined,
): Promise<void> {
  // A reload reads the files while this changes them.
  await session.locked("reload", 60, async () => {
    await requireKnown(session);
    // Those who may pass are let in before the others get 503.
    await store(session, "acl", maintenanceFiles.allow, request?.allow ?? []);
    const state = request === undefined ? [] : [`on ${String(request.retryAfter)}`];
    await store(session, "map", maintenanceFiles.state, state);
  });
}

async function requireKnown(session: ProxySession): Promise<void> {
  if ((await session.running()).includes(inConfiguration(maintenanceFiles.state))) return;
  throw new StepFailure(
    "the configuration that the proxy runs on has no maintenance yet; run keelson up first",
  );
}

/** HAProxy first, which refuses what it can't read; then the file that it starts from. */
async function store(
  session: ProxySession,
  kind: EntriesKind,
  file: string,
  entries: readonly string[],
): Promise<void> {
  await replaceEntries(session, kind, inConfiguration(file), entries);
  await session.write(file, entries.map((each) => `${each}\n`).join(""));
}
