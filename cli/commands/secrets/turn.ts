import { Failure } from "../../io/failure.js";

/** Number of a value or a login, and whether the one before goes on. */
export interface Rotation {
  readonly rotation: number;
  readonly previous: boolean;
}

/** A rotation that is to be made, and its texts. */
export interface Turn {
  /** Its mapping in the settings: section, then keys. */
  readonly path: readonly [section: string, ...keys: string[]];
  readonly wanted: Rotation;
  /** The thing that stays where it fails: `value` or `login`. */
  readonly what: string;
  /** Said once it is done. */
  readonly done: string;
  /** Looks before anything is changed. @throws Failure */
  readonly before?: () => Promise<void>;
}

/** The rotation after the present one. @param refusals messages for what is out of turn @throws Failure */
export function turned(
  { rotation, previous }: Rotation,
  finish: boolean | undefined,
  refusals: { readonly nothing: string; readonly under: string },
): Rotation {
  if (finish === true) {
    if (previous) return { rotation, previous: false };
    throw new Failure(refusals.nothing);
  }
  if (!previous) return { rotation: rotation + 1, previous: true };
  throw new Failure(refusals.under);
}
