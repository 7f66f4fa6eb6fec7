// Randomness that can be had again.

/** What the random numbers of a run follow from; printed, so that a failing run can be repeated. */
export const seed = Number(process.env["KEELSON_SEED"] ?? Date.now() % 1_000_000);

/** Whether all is tried, and not just a sample: `npm run test:soak`. */
export const soak = process.env["KEELSON_SOAK"] === "1";

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function generator(from: number): () => number {
  let state = from | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
