// Counters in Prometheus's text format.
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts requests by method, route and status, and their times. */
export class Metrics {
  #requests = new Map();
  #times = { counts: buckets.map(() => 0), sum: 0, total: 0 };
  #gauges = new Map();

  /** Counts one finished request. */
  observe(method, route, status, seconds) {
    const key = `method="${method}",route="${route}",status="${status}"`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    this.#times.sum += seconds;
    this.#times.total += 1;
    buckets.forEach((limit, index) => {
      if (seconds <= limit) this.#times.counts[index] += 1;
    });
  }

  /** Registers a value that is asked for whenever the metrics are read. */
  gauge(name, help, read) {
    this.#gauges.set(name, { help, read });
  }

  /** The text that /metrics answers. */
  text() {
    const lines = [
      "# HELP http_requests_total Finished requests.",
      "# TYPE http_requests_total counter",
    ];
    for (const [key, count] of this.#requests) lines.push(`http_requests_total{${key}} ${count}`);
    lines.push("# HELP http_request_duration_seconds Time to answer.");
    lines.push("# TYPE http_request_duration_seconds histogram");
    buckets.forEach((limit, index) => {
      lines.push(
        `http_request_duration_seconds_bucket{le="${limit}"} ${this.#times.counts[index]}`,
      );
    });
    lines.push(`http_request_duration_seconds_bucket{le="+Inf"} ${this.#times.total}`);
    lines.push(`http_request_duration_seconds_sum ${this.#times.sum}`);
    lines.push(`http_request_duration_seconds_count ${this.#times.total}`);
    for (const [name, { help, read }] of this.#gauges) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${read()}`);
    }
    return `${lines.join("\n")}\n`;
  }
}
