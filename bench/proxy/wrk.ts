/** A round, as wrk reports it. */
export interface Round {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  readonly p99Ms: number;
}

/** Reads what `wrk --latency` printed. @throws Error when an answer was an error, or the text is not wrk's */
export function roundOf(text: string): Round {
  const wrong = /^ *(Non-2xx or 3xx responses|Socket errors): .*$/m.exec(text);
  if (wrong !== null) throw new Error(`not every request was answered: ${wrong[0].trim()}`);
  const [, requests] = /^ *(\d+) requests in /m.exec(text) ?? [];
  const [, rate] = /^Requests\/sec: +([\d.]+)$/m.exec(text) ?? [];
  const [, value, unit = ""] = /^ *99% +([\d.]+)(us|ms|s|m)$/m.exec(text) ?? [];
  const milliseconds = { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit];
  if (requests === undefined || rate === undefined || milliseconds === undefined) {
    throw new Error(`this is not what wrk prints:\n${text}`);
  }
  return { requests: Number(requests), rate: Number(rate), p99Ms: Number(value) * milliseconds };
}
