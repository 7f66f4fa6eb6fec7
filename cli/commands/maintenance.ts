import { namesOf } from "#config";
import { addressRange } from "#lib/identifiers";
import { maintenanceSettings } from "#components/proxy/haproxy/maintenance";
import { seconds } from "#lib/duration";
import { parseSettings, SettingsError } from "#lib/settings";
import { dockerAt } from "#lib/docker";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import {
  readMaintenance,
  turnMaintenance as turn,
  type MaintenanceRequest,
  type MaintenanceState,
} from "#release/haproxy/maintenance";
import type { ProxySession } from "#release/proxy-session";
import { withProxySession, type StackAddress } from "../stack/proxy.js";
import type { MaintenanceAction, MaintenanceOptions } from "../registrations/maintenance.js";
import { settingsOf, targetOf } from "../project/target.js";

/** `keelson maintenance on|off|status`: at once, without a reload; it outlasts restarts and releases. */
export async function maintenance(
  action: MaintenanceAction,
  options: MaintenanceOptions,
  say: Say,
): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const { docker, proxy } = settings;
  const context = { docker: dockerAt(docker.host), ...namesOf(settings, target.stack) };
  const request = requestOf(action, options, proxy.maintenance.retryAfter);
  const state = await atProxy(context, async (session) => {
    if (action !== "status") await turn(session, request);
    return readMaintenance(session);
  });
  if (state === undefined) {
    throw new Failure(`The proxy of ${target.stack} does not run; bring the stack up first.`);
  }
  say(options.json === true ? JSON.stringify(state) : maintenanceText(state));
}

/** Returns the state of maintenance mode; a stack whose proxy does not run is not in it. @throws Failure */
export async function maintenanceState(context: StackAddress): Promise<MaintenanceState> {
  return (await atProxy(context, readMaintenance)) ?? { on: false };
}

/** Turns it on or off where a proxy runs. @throws Failure */
export async function turnMaintenance(
  context: StackAddress,
  action: "on" | "off",
  retryAfter: string,
): Promise<void> {
  const request = requestOf(action, {}, retryAfter);
  await atProxy(context, (session) => turn(session, request));
}

/** The sentence for a person. */
export function maintenanceText(state: MaintenanceState): string {
  if (!state.on) return "Maintenance is off.";
  const passing = state.allow.length === 0 ? "" : ` ${state.allow.join(", ")} and`;
  return (
    `Maintenance is on since ${state.since}: all but${passing} what proxy.maintenance.allow names ` +
    `get a 503 with Retry-After ${String(state.retryAfter)}; keelson maintenance off ends it.`
  );
}

/** Returns the request of a command; undefined for one that does not turn maintenance mode on. @throws Failure */
export function requestOf(
  action: MaintenanceAction,
  options: { readonly retryAfter?: string; readonly allow?: readonly string[] },
  usual: string,
): MaintenanceRequest | undefined {
  const { retryAfter, allow = [] } = options;
  if (action !== "on") {
    if (retryAfter === undefined && allow.length === 0) return undefined;
    throw new Failure(`--allow and --retry-after go with maintenance on, not ${action}.`);
  }
  try {
    const { shape } = maintenanceSettings;
    const after = parseSettings(shape.retryAfter, retryAfter ?? usual, "--retry-after");
    const ranges = allow.map((each) => parseSettings(addressRange, each, "--allow"));
    return { retryAfter: seconds(after), allow: ranges };
  } catch (error) {
    if (error instanceof SettingsError) throw new Failure(error.message);
    throw error;
  }
}

function atProxy<T>(context: StackAddress, work: (session: ProxySession) => Promise<T>) {
  return withProxySession(context, "Maintenance is as it was", work);
}
