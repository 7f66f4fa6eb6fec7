/** Facts of a stack and its release that settings name by a word, such as `$domain`. */
export interface Facts {
  readonly version: string;
  readonly gitSha: string;
  /** The first of `proxy.domains`. */
  readonly domain: string;
  /** Public URL of the app, without a slash at its end. */
  readonly url: string;
  /** Environment of the stack, as the app calls it. */
  readonly environment: string;
}

const placeholder = /\$(\$?)(version|gitSha|domain|url|environment)\b/g;

/** A text with the facts in the place of their names: `https://$domain/done`. `$$domain` stands for `$domain` itself. */
export function withFacts(text: string, facts: Partial<Facts>): string {
  return text.replaceAll(placeholder, (whole, escape: string, name: keyof Facts) =>
    escape === "" ? (facts[name] ?? whole) : whole.slice(1),
  );
}
