/** Parts of a load, and its destination. */
export interface LoadPlan {
  readonly http: number;
  readonly tcp: number;
  /** Requests a second, begun on time whatever became of those before. */
  readonly rates: { readonly keepAlive: number; readonly fresh: number };
  /** Clients that start over when they have finished. */
  readonly clients: {
    readonly slow: number;
    readonly upload: number;
    readonly websocket: number;
    readonly tcp: number;
  };
  /** It ends by itself when it has come to one of these. */
  readonly most: { readonly requests: number; readonly seconds: number };
}

/** A load that leaves a machine with two cores room for the release itself. */
export const usualLoad: Omit<LoadPlan, "http" | "tcp"> = {
  rates: { keepAlive: 250, fresh: 30 },
  clients: { slow: 8, upload: 4, websocket: 4, tcp: 4 },
  most: { requests: 500_000, seconds: 900 },
};

/** Resources that the generator itself took. */
export interface Effort {
  /** Share of one core. */
  readonly cpu: number;
  /** 99th percentile of how late its event loop was, in milliseconds: part of every latency. */
  readonly lateMs: number;
}
