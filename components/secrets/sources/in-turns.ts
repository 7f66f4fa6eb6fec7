import type { Found } from "./source.js";

/** Requests at once: a source that limits their rate is not to meet that limit at the first deployment. */
const atOnce = 4;

/** Values by name, each read by itself, a few at once; undefined: there is none. @throws what `read` throws first */
export async function inTurns(
  names: readonly string[],
  read: (name: string) => Promise<unknown>,
): Promise<Found> {
  const found = new Map<string, unknown>();
  const waiting = [...names];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const value = await read(name);
      if (value !== undefined) found.set(name, value);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}
