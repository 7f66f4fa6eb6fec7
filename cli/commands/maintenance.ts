import { namesOf } from "#config";
import { addressRange } from "#components/proxy/haproxy/forwarded";
import { maintenanceSettings } from "#components/proxy/haproxy/maintenance";
import { seconds } from "#lib/duration";
import { parseSettings, SettingsError } from "#lib/settings";
import { dockerAt } from "#lib/docker";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import type { MaintenanceAction, MaintenanceOptions } from "../registrations/maintenance.js";
import { inProxy, type StackProxy } from "../stack/proxy.js";
import { settingsOf, targetOf } from "../project/target.js";

/** What the proxy says of maintenance. */
export type MaintenanceState =
  | { readonly on: false }
  | {
      readonly on: true;
      /** Seconds after which clients are told to come back. */
      readonly retryAfter: number;
      /** Addresses that pass, besides those of the settings. */
      readonly allow: readonly string[];
      /** When it was turned on, in UTC. */
      readonly since: string;
    };

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
  const words = wordsOf(action, options, proxy.maintenance.retryAfter);
  if ((await atProxy(context, words)) === undefined) {
    throw new Failure(`The proxy of ${target.stack} does not run; bring the stack up first.`);
  }
  const state = await maintenanceState(context);
  say(options.json === true ? JSON.stringify(state) : maintenanceText(state));
}

/** Whether a stack is in maintenance; one without a proxy that runs is not. @throws Failure */
export async function maintenanceState(context: StackProxy): Promise<MaintenanceState> {
  const told = await atProxy(context, ["status"]);
  return told === undefined ? { on: false } : (JSON.parse(told) as MaintenanceState);
}

/** Turns it on or off where a proxy runs. @throws Failure */
export async function turnMaintenance(
  context: StackProxy,
  action: "on" | "off",
  retryAfter: string,
): Promise<void> {
  await atProxy(context, action === "on" ? wordsOf("on", { retryAfter }, retryAfter) : ["off"]);
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

/** The words of the proxy image's script. @throws Failure */
export function wordsOf(
  action: MaintenanceAction,
  options: { readonly retryAfter?: string; readonly allow?: readonly string[] },
  usual: string,
): string[] {
  const { retryAfter, allow = [] } = options;
  if (action !== "on") {
    if (retryAfter === undefined && allow.length === 0) return [action];
    throw new Failure(`--allow and --retry-after go with maintenance on, not ${action}.`);
  }
  try {
    const { shape } = maintenanceSettings;
    const after = parseSettings(shape.retryAfter, retryAfter ?? usual, "--retry-after");
    const ranges = allow.map((each) => parseSettings(addressRange, each, "--allow"));
    return ["on", String(seconds(after)), ...ranges];
  } catch (error) {
    if (error instanceof SettingsError) throw new Failure(error.message);
    throw error;
  }
}

function atProxy(context: StackProxy, words: readonly string[]) {
  return inProxy(context, words, "Maintenance is as it was");
}
