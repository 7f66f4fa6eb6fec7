/** A container of a stack that is to run for good, as Docker and its cgroup have it. Times as Docker writes them. */
export interface ContainerFacts {
  readonly name: string;
  /** `app`, `backup`, …: its label. */
  readonly workload: string;
  /** It was stopped, and Docker does not start it again. */
  readonly stopped: boolean;
  /** Docker waits before it starts it once more. */
  readonly restarting: boolean;
  /** How often Docker has started it again. */
  readonly restarts: number;
  readonly startedAt: string;
  /** When it ended the last time. */
  readonly finishedAt: string;
  /** Of its last end, while it does not run. */
  readonly exitCode: number;
  /** Docker's word on whether it, or a process in it, was killed for memory. */
  readonly oomKilled: boolean;
  /** Processes killed for memory since it started; undefined where that can't be read, as in an image without `cat`. */
  readonly kills: number | undefined;
  /** Health checks in a row that failed; undefined unless it counts as unhealthy. */
  readonly failing: number | undefined;
}

/** Where the proxy leads: `app`, or a raw TCP port's `tcp-1982`. */
export interface RouteFacts {
  readonly section: string;
  /** Servers that are up, and neither in maintenance nor drained. */
  readonly inService: number;
  /** Seconds since the last one of them changed its state. */
  readonly since: number;
}

/** What runs of a stack, and how. */
export interface RunningFacts {
  readonly containers: readonly ContainerFacts[];
  /** Undefined where there is no proxy that answers. */
  readonly routes: readonly RouteFacts[] | undefined;
  /** When that was looked at. */
  readonly at: Date;
}
