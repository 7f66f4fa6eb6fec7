/** A figure over time: a value each `step`, from `from` on; null where none is known. */
export interface Series {
  readonly from: Date;
  /** Milliseconds. */
  readonly step: number;
  readonly values: readonly (number | null)[];
}

/** An alert that fires. */
export interface AlertFacts {
  readonly name: string;
  /** Others than these two come from rules of the user's. */
  readonly severity: string;
  readonly since: Date;
  readonly summary: string;
  readonly action?: string | undefined;
  /** It is delivered to nobody: somebody has silenced it, or a worse one includes it. */
  readonly isMuted: boolean;
}

/** The site as a client gets it. */
export interface SiteState {
  /** `unknown`: nobody has asked for it lately. */
  readonly state: "up" | "down" | "maintenance" | "unknown";
  readonly url: string;
  /** `HTTP 200`, or why there is no answer. */
  readonly answer: string;
  /** Undefined where nobody has asked. */
  readonly milliseconds: number | undefined;
}

/** A release that was begun. */
export interface ReleaseFacts {
  readonly id: string;
  readonly result: "running" | "live" | "failed" | "rolled-back" | "superseded";
  readonly version: string;
  readonly commit: string;
  readonly who: string;
  /** Time at which it took the traffic; undefined where it did not. */
  readonly switched: Date | undefined;
  readonly begin: Date;
  /** The reason why it failed or was taken back; one line. */
  readonly reason?: string | undefined;
}

/** Requests to the app over a day. */
export interface TrafficFacts {
  /** Per second. */
  readonly requests: Series;
  /** Answered with 5xx, per second. */
  readonly errors: Series;
  /** Seconds within which the half of the answers begins, and 99 of 100. */
  readonly p50: Series;
  readonly p99: Series;
}

/** A container that is to run for good. */
export interface ProcessState {
  readonly name: string;
  /** `healthy`, `running`, `stopped`, … */
  readonly state: string;
  readonly isWell: boolean;
  readonly since: Date | undefined;
  readonly restarts: number;
  /** Bytes. */
  readonly memory?: { readonly used: number; readonly limit: number } | undefined;
  /** Of one processor. */
  readonly cpuPercent?: number | undefined;
  /** Bytes over a day. */
  readonly memoryOverDay?: Series | undefined;
}

/** The database and its server's clients. */
export interface DatabaseState {
  /** Bytes. */
  readonly size: number;
  readonly connections: number;
  readonly connectionLimit: number;
  /** Seconds; null where there is none, undefined where that is not known. */
  readonly longestQuery?: number | null;
  readonly oldestTransaction: number | null;
  readonly sizeOverDay?: Series | undefined;
  readonly connectionsOverDay?: Series | undefined;
}

/** A drill and what came of it. */
export interface ProofFacts {
  readonly at: Date;
  readonly kind: string;
  readonly proven: boolean;
  /** Seconds of writes that a restore would have lost, and that it took. */
  readonly rpo?: number | undefined;
  readonly rto?: number | undefined;
  readonly error?: string | undefined;
}

export interface BackupState {
  /** Any moment from here on can be restored; null where that is not known, undefined where none can be. */
  readonly restorableFrom: Date | null | undefined;
  /** The database is external: there are dumps, and no other moments. Default: false. */
  readonly dumpsAlone?: boolean;
  /** The newest last; of 30 days. */
  readonly proofs: readonly ProofFacts[];
  readonly newest?: { readonly at: Date; readonly bytes: number } | undefined;
}

/** A job and its last runs, the newest last. */
export interface JobFacts {
  readonly name: string;
  readonly schedule: string;
  readonly next?: Date | undefined;
  readonly runs: readonly {
    readonly at: Date;
    readonly result: "succeeded" | "failed" | "running";
    readonly seconds?: number | undefined;
  }[];
}

/** A time in which the site did not answer. */
export interface Incident {
  readonly from: Date;
  /** Undefined while it goes on. */
  readonly to: Date | undefined;
}

/** Outages of a span of time. */
export interface IncidentHistory {
  readonly from: Date;
  /** The newest last. */
  readonly incidents: readonly Incident[];
}

/** All that a page shows, at one moment. What a stack does not have, or nobody watches, is undefined. */
export interface PageFacts {
  /** `<app>-<stack>`. */
  readonly name: string;
  readonly at: Date;
  readonly site: SiteState;
  /** Undefined where monitoring is off. */
  readonly alerts: readonly AlertFacts[] | undefined;
  /** Sentences; what is wrong by a look, without monitoring. */
  readonly problems: readonly string[];
  /** The newest first. */
  readonly releases: readonly ReleaseFacts[];
  readonly traffic: TrafficFacts | undefined;
  readonly processes: readonly ProcessState[];
  readonly database: DatabaseState | undefined;
  readonly backups: BackupState | undefined;
  readonly jobs: readonly JobFacts[] | undefined;
  readonly certificate: { readonly name: string; readonly validUntil: Date } | undefined;
  readonly disks: readonly {
    readonly name: string;
    /** Bytes; the size is undefined where only what is free is known. */
    readonly size: number | undefined;
    readonly free: number;
  }[];
  readonly outages: IncidentHistory | undefined;
}

/** Facts that anybody may see. */
export type PublicFacts = Pick<PageFacts, "name" | "at" | "site" | "outages">;
