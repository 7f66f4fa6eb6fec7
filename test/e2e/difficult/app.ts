// How the app of test/e2e/fixtures/difficult-app behaves: what its variable DIFFICULT holds.

/** Requests that are answered with a status of their own. Of several rules the first that fits counts. */
export interface Rule {
  /** Exact paths; default: all but /health. */
  readonly path?: readonly string[];
  /** Paths that it does not concern. */
  readonly except?: readonly string[];
  readonly method?: string;
  /** Fits requests for any other host. */
  readonly unlessHost?: string;
  /** Fits requests of any other scheme, by X-Forwarded-Proto. */
  readonly unlessScheme?: "https";
  /** A header that the request has, in lower case. */
  readonly has?: string;
  /** A header that the request lacks, in lower case. */
  readonly lacks?: string;
  /** Each n-th request alone. */
  readonly every?: number;
  readonly status: number;
  readonly location?: string;
}

interface End {
  readonly seconds: number;
  readonly code: number;
}

/** Everything that may be difficult about it; times in seconds. */
export interface Difficult {
  /** Number of the database's version that it can use: its ready path answers 503 for another. */
  readonly head?: number;
  /** From its start until it listens. */
  readonly listenAfter?: number;
  /** From then on until it answers anything but its health with another status than 503. */
  readonly warm?: number;
  /** Where it listens; default: all addresses, IPv4 and IPv6. */
  readonly listen?: { readonly host: string; readonly ipv6Only?: boolean };
  readonly answers?: readonly Rule[];
  /** How answers are written; default: with their length. */
  readonly form?: "chunked" | "unsized" | "http-1.0";
  /** Size of the headers of its pages. */
  readonly headerKiB?: number;
  /** After such a time an idle connection is closed. */
  readonly keepAlive?: number;
  /** It ends so long after each start. */
  readonly endAfterStart?: End;
  /** It ends so long after the first request that came through the proxy. */
  readonly endAfterClient?: End;
  readonly ignoresTerm?: boolean;
  /** Takes more memory than there is, itself or in a child process. */
  readonly memory?: "own" | "child";
  /** A file that it writes when it starts. */
  readonly writes?: string;
  /** `GET /kill` ends it. */
  readonly killer?: boolean;
}
