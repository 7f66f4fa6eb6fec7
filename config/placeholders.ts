import { publicUrl } from "#components/proxy/settings";
import { withFacts, type Facts } from "#lib/placeholders";
import type { Settings } from "./settings.js";

/** The facts of a stack that its settings name by a word. */
export function factsOf(
  { app, environment, proxy }: Settings,
  { version, gitSha }: Pick<Facts, "version" | "gitSha">,
): Facts {
  return {
    version,
    gitSha,
    domain: String(proxy.domains[0]),
    url: publicUrl(proxy),
    environment: app.environmentNames[environment] ?? environment,
  };
}

/** A build with the facts in the place of their names in its arguments. */
export function buildOf<B extends { readonly args: Readonly<Record<string, string>> }>(
  build: B,
  facts: Partial<Facts>,
): B {
  return { ...build, args: filledIn(build.args, facts) };
}

/** Texts by name, each with the facts in the place of their names; what is sealed stays as it is. */
export function filledIn<V>(
  texts: Readonly<Record<string, V>>,
  facts: Partial<Facts>,
): Record<string, V> {
  const entries = Object.entries(texts).map(([name, text]) => [
    name,
    typeof text === "string" ? withFacts(text, facts) : text,
  ]);
  return Object.fromEntries(entries) as Record<string, V>;
}
