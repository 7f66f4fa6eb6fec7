import type { UpResult } from "./deploy.js";
import type { Head, Look } from "./source.js";

/** Parts of a follower, replaced in tests. */
export interface FollowerParts {
  readonly look: Look;
  /** Makes a head ready: fetched, checked out, its packages installed. @throws Error where it can't be now */
  readonly prepare: (head: Head, signal: AbortSignal) => Promise<void>;
  /** The gated `up`, to its end. */
  readonly up: (head: Head) => Promise<UpResult>;
  /** Raises an alert about a head, or ends it (null); its own failures are no reason to stop. */
  readonly alert: (failure: { head: Head; reason: string; bad: boolean } | null) => Promise<void>;
  readonly log: (level: "info" | "warning" | "error", event: string, facts?: object) => void;
  readonly now: () => Date;
  /** Folder of its memory. */
  readonly folder: string;
}
