import { seconds } from "#lib/duration";
import { problem } from "#lib/settings";
import { aws } from "./aws.js";
import { command } from "./command.js";
import { doppler } from "./doppler.js";
import { gcp } from "./gcp.js";
import { infisical } from "./infisical.js";
import { onePassword } from "./one-password.js";
import type { SecretSourcesSettings, SourceSettings } from "./settings.js";
import { sops } from "./sops.js";
import { SourceFailure, pick, type Adapter, type Found, type SourceContext } from "./source.js";
import { vault } from "./vault.js";

/** A question for the sources of a stack. */
export interface SourcesRequest extends Omit<SourceContext, "deadline" | "environment"> {
  readonly sources: SecretSourcesSettings;
  /** Variables of the secrets that are wanted. */
  readonly names: readonly string[];
  /** Values that the source `environment` has. */
  readonly given: Readonly<Record<string, string>>;
}

/** The answer of a stack's sources. */
export interface SourcesAnswer {
  readonly values: Readonly<Record<string, string>>;
  /** Sources that did not answer, and values that are no texts, a line each. */
  readonly problems: readonly string[];
}

const adapters = { doppler, sops, onePassword, vault, infisical, aws, gcp, command };
type Kind = keyof typeof adapters;

/**
 * Asks the sources in their order, each for the names that none before it has. Every source that fails is a problem, and
 * the rest are asked all the same.
 */
export async function readSources(
  { sources, names, given, ...place }: SourcesRequest,
  environment: NodeJS.ProcessEnv,
): Promise<SourcesAnswer> {
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (const [index, source] of sources.entries()) {
    const missing = names.filter((name) => !values.has(name));
    if (missing.length === 0) break;
    const at = `secretSources[${String(index)}]`;
    try {
      const found = await ask(source, missing, given, { ...place, environment });
      for (const [name, value] of found) {
        if (typeof value === "string") values.set(name, value);
        else problems.push(notText(`${at}.${kindOf(source)}`, name, value));
      }
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      problems.push(problem(`${at}.${kindOf(source)}`, error.message, error.advice));
    }
  }
  return { values: Object.fromEntries(values), problems };
}

/** The kind of a source, as the settings have it. */
export function kindOf(source: SourceSettings): Kind | "environment" {
  const [kind = "environment"] = Object.keys(source);
  return kind as Kind | "environment";
}

async function ask(
  source: SourceSettings,
  names: readonly string[],
  given: Readonly<Record<string, string>>,
  context: Omit<SourceContext, "deadline">,
): Promise<Found> {
  const kind = kindOf(source);
  if (kind === "environment") return pick(given, names);
  const settings = source[kind] as { readonly timeout: string };
  const deadline = Date.now() + seconds(settings.timeout) * 1000;
  const adapter = adapters[kind] as Adapter<unknown>;
  return adapter(settings, names, { ...context, deadline });
}

function notText(at: string, name: string, value: unknown): string {
  const kind =
    value === null ? "null" : Array.isArray(value) ? "a list" : `of type ${typeof value}`;
  return problem(at, `has ${name}, which is ${kind} and no text`, "write it as a text, in quotes");
}
