// A secret in every setting that may be one: the list follows from the schemas.
import { stackSettings } from "#config";
import { deepMerge, type Mapping } from "#lib/merge";
import { sealablePaths } from "#lib/schema-walk";

/** A setting that may be sealed, with a secret of its own. */
export interface Canary {
  /** As the schemas have it: `app.env.NAME`. */
  readonly path: string;
  /** The same path in a stack's settings: `app.env.CANARY_0`. */
  readonly at: string;
  readonly text: string;
}

/** A canary in each of them. `of` makes them differ from those of another call. */
export function canaries(of: string): Canary[] {
  return sealablePaths(stackSettings).map((path, index) => ({
    path,
    at: placeOf(path, `CANARY_${String(index)}`),
    // Longer than a line of base64 may cut, and no word of any other text.
    text: `canary-${of}-${String(index)}-f00d5eed`,
  }));
}

/** Sections in which each of the canaries is what `seal` makes of it. */
export function sectionsWith(all: readonly Canary[], seal: (canary: Canary) => unknown): Mapping {
  return all.reduce<Mapping>((sections, canary) => {
    const at = canary.at.split(".");
    const sealed = deepMerge(sections, nested(at, seal(canary)));
    return at[0] === "services" ? deepMerge(sealed, nested(at.slice(0, 2), idle)) : sealed;
  }, {});
}

/** A service needs a command of its own; `sleep` is in every image that tests run. */
const idle = { command: ["sleep", "1000000"], health: { startPeriod: "1s" } };

/** A path of the schemas as one in a stack's settings: with a name for `NAME`, and the first of each list. */
export function placeOf(path: string, name: string): string {
  // A name of services is one of host names as well.
  const host = name.toLowerCase().replaceAll("_", "-");
  return path
    .replace(/^services\.NAME/, `services.${host}`)
    .replaceAll("NAME", name)
    .replaceAll("[]", "[0]");
}

/** Sections with nothing but a value at a path. */
export function nested(path: readonly string[], value: unknown): Mapping {
  const [name = "", ...rest] = path;
  const inner = rest.length === 0 ? value : nested(rest, value);
  return name.endsWith("[0]") ? { [name.slice(0, -3)]: [inner] } : { [name]: inner };
}
