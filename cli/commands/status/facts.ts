import type { Inventory } from "../../documents/backups.js";
import type { ListedJob } from "../jobs/list.js";
import type { RunningProblem } from "../../stack/running/judge.js";
import type { DatabaseFacts } from "./database.js";
import type { ProxyFacts } from "./proxy.js";
import type { SiteFacts } from "./site.js";
import type { Usage } from "./usage.js";

/** A container of the stack that is to run for good, and what it uses. */
export interface ProcessFacts {
  readonly instance: string;
  readonly process: string;
  readonly container: string;
  readonly running: boolean;
  /** Undefined where it has no health check. */
  readonly health: string | undefined;
  readonly restarts: number;
  readonly startedAt: string;
  /** Undefined while it does not run, and where that can't be known. */
  readonly usage: Usage | undefined;
}

/** A disk of the host, in bytes. */
export interface DiskFacts {
  readonly name: string;
  readonly size?: number;
  readonly free: number;
}

/** A job, and of how many failures in a row an alert is delivered. */
export interface JobState extends ListedJob {
  readonly alertFailures: number;
}

/** Something that was looked at; or why it can't be. */
export type Looked<T> = { readonly found: T } | { readonly unknown: string };

/** All that `keelson status` looks at. What a stack does not have is undefined. */
export interface StatusFacts {
  readonly stack: string;
  readonly at: Date;
  readonly processes: readonly ProcessFacts[];
  readonly running: Looked<readonly RunningProblem[]>;
  readonly proxy: Looked<ProxyFacts | undefined>;
  readonly site: SiteFacts;
  readonly database: Looked<DatabaseFacts> | undefined;
  readonly backups: Looked<Inventory> | undefined;
  readonly jobs: Looked<readonly JobState[]> | undefined;
  /** The disk with Docker's data; undefined where the engine is on another machine. */
  readonly disk: DiskFacts | undefined;
}
