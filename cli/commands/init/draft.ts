import type { Mapping } from "#lib/merge";

/** What is to be written, as it comes together. */
export interface Draft {
  /** Settings of the app. */
  readonly app: Mapping;
  /** Other sections that all stacks share. */
  readonly sections: Mapping;
  /** What was found, and where. */
  readonly found: string[];
  /** What a person has to look at: it can't be seen, or it is a guess. */
  readonly open: string[];
  /** What is not taken over, and why. */
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
