import { describe, expect, it } from "vitest";
import { pinsOf } from "#bench/proxy/arena";
import { contenders } from "#bench/proxy/contenders";
import { proxyTable } from "#bench/proxy/report";
import { roundOf } from "#bench/proxy/wrk";

const printed = `Running 5s test @ http://p:8080/
  1 threads and 64 connections
  Latency Distribution
     50%    1.47ms
     99%  901.00us
  99580 requests in 5.00s, 26.97MB read
Requests/sec:  19911.07
Transfer/sec:      5.39MB
`;

describe("roundOf", () => {
  it("reads requests, rate and p99 in milliseconds", () => {
    expect(roundOf(printed)).toEqual({ requests: 99_580, rate: 19_911.07, p99Ms: 0.901 });
    expect(roundOf(printed.replace("901.00us", "1.20s")).p99Ms).toBe(1200);
  });

  it.each([
    "  Non-2xx or 3xx responses: 7",
    "  Socket errors: connect 0, read 3, write 0, timeout 0",
  ])("takes no round in which a request failed: %s", (line) => {
    expect(() => roundOf(`${printed}${line}\n`)).toThrow(
      `not every request was answered: ${line.trim()}`,
    );
  });

  it("takes nothing else for a round", () => {
    expect(() => roundOf("wrk: not found")).toThrow("this is not what wrk prints:\nwrk: not found");
  });
});

describe("pinsOf", () => {
  it("gives the proxy a processor of its own", () => {
    expect([2, 3, 8].map(pinsOf)).toEqual([
      { proxy: "0", upstream: "1", load: "1" },
      { proxy: "0", upstream: "1", load: "2" },
      { proxy: "0", upstream: "1", load: "2-7" },
    ]);
    expect(() => pinsOf(1)).toThrow("this machine has one");
  });
});

describe("the contenders", () => {
  it("have every kind of rule of ours on in the one that is promised", () => {
    const config = contenders("up").find(({ name }) => name === "keelson")?.config ?? "";
    const rules = [
      "set-src",
      "X-Forwarded-For",
      "known-host",
      "redirect code 308",
      "status 413",
      "status 411",
      "sc_gpc_rate",
      "Strict-Transport-Security",
      "Content-Security-Policy",
      "filter compression",
      "table_conn_cur",
    ];
    expect(rules.filter((rule) => !config.includes(rule))).toEqual([]);
  });

  it("have one that asks nothing again, and is otherwise the usual one", () => {
    const lines = (wanted: string) =>
      contenders("up")
        .find(({ name }) => name === wanted)
        ?.config.split("\n") ?? [];
    const without = lines("unrepeated");
    expect(lines("usual").filter((line) => !without.includes(line))).toEqual([
      "  retry-on conn-failure empty-response",
      "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ]);
    expect(without.filter((line) => !lines("usual").includes(line))).toEqual([]);
  });
});

describe("proxyTable", () => {
  it("has medians, and ratios to bare HAProxy and to Caddy", () => {
    const rounds = (...rates: number[]) =>
      rates.map((rate) => ({ requests: rate, rate, p99Ms: 2, cpuMicros: 1_000_000 / rate }));
    const table = proxyTable([
      { name: "bare", title: "Bare", rounds: rounds(100, 1000, 5000) },
      { name: "caddy", title: "Caddy", rounds: rounds(250) },
    ]);
    expect(table.split("\n").slice(2)).toEqual([
      "| Bare  | 1000              | 1.00           | 4.00    | 2.00 ms | 1.00       | 1000 µs                  | 1.00   |",
      "| Caddy | 250               | 0.25           | 1.00    | 2.00 ms | 1.00       | 4000 µs                  | 4.00   |",
    ]);
  });
});
