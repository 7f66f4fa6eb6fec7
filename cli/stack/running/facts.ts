/** A container of a stack that is to run for good, as Docker and its cgroup have it. Times as Docker writes them. */
export interface ContainerFacts {
  readonly name: string;
  /** `app`, `backup`, …: its label. */
  readonly workload: string;
  /** It was stopped, and Docker does not start it again. */
  readonly stopped: boolean;
  /** Docker waits before it starts it once more. */
  readonly restarting: boolean;
  /** Number of times that Docker has started it again. */
  readonly restarts: number;
  readonly startedAt: string;
  /** Time of its last end. */
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

/** A route of the proxy: `app`, or a raw TCP port's `tcp-1982`. */
export interface RouteFacts {
  readonly section: string;
  /** Servers that are up, and neither in maintenance nor drained. */
  readonly inService: number;
  /** Seconds since the last one of them changed its state. */
  readonly since: number;
}

/** The running containers of a stack, and their state. */
export interface RunningFacts {
  readonly containers: readonly ContainerFacts[];
  /** Undefined where there is no proxy that answers. */
  readonly routes: readonly RouteFacts[] | undefined;
  /** Time of the check. */
  readonly at: Date;
}
