import { slug } from "#lib/identifiers";
import type { Mapping } from "#lib/merge";

/** The settings to write, as they come together. */
export interface Draft {
  /** Settings of the app. */
  readonly app: Mapping;
  /** Other sections that all stacks share. */
  readonly sections: Mapping;
  /** Facts that were found, each with its place. */
  readonly found: string[];
  /** Questions for a person: guesses, and facts that can't be seen. */
  readonly open: string[];
  /** Parts that are not taken over, each with the reason. */
  readonly left: string[];
}

/** An empty draft. */
export function emptyDraft(): Draft {
  return { app: {}, sections: {}, found: [], open: [], left: [] };
}

/** A mapping within another one, made where it is missing. */
export function within(mapping: Mapping, key: string): Mapping {
  const value = (mapping[key] ??= {});
  return value as Mapping;
}

/** A secret of the app's; made by Keelson where a `generate` is given. */
export function addSecret(draft: Draft, name: string, generate?: Mapping): void {
  const secrets = within(draft.sections, "secrets");
  if (name in secrets) return;
  secrets[name] = generate === undefined ? {} : { generate };
  const own = (draft.app["secrets"] ??= []) as string[];
  own.push(name);
}

/** Schedulers, of which two at once do everything twice. */
const scheduler = /\b(?:beat|scheduler|clockwork|clock|cron)\b/;

/** A further process, under a name that a host can have. */
export function addService(draft: Draft, name: string, settings: Mapping, where: string): void {
  const key = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  if (!slug.safeParse(key).success) {
    draft.left.push(`${where}: its name is not one of a host; write it into services`);
    return;
  }
  const flags = [name, JSON.stringify(settings["command"] ?? "")].join(" ");
  within(draft.sections, "services")[key] = {
    ...settings,
    ...(scheduler.test(flags) ? { exclusive: true } : {}),
  };
  draft.found.push(`${where}: services.${key}`);
}
