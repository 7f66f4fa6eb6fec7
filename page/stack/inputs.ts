import type { ReleaseFacts } from "../facts.js";
import type { NowAnswers, OverAnswers } from "./answers.js";

/** Facts of a stack that no series has; none of them is a secret. */
export interface StackFacts {
  /** `<app>-<stack>`. */
  readonly name: string;
  /** The site's address. */
  readonly url: string;
  /** Schedules of jobs, by name. */
  readonly jobs: Readonly<Record<string, string>>;
  /** The database is external: of it there are dumps alone. */
  readonly dumpsAlone: boolean;
}

/** All that the container has read. */
export interface PageInputs {
  readonly now: NowAnswers;
  /** Undefined until it is written for the first time. */
  readonly over: OverAnswers | undefined;
  /** The newest first. */
  readonly releases: readonly ReleaseFacts[];
  /** The proxy answers clients with 503. */
  readonly isInMaintenance: boolean;
  /** The moment at which somebody looks. */
  readonly present: Date;
}
