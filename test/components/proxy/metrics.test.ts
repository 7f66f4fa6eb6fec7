import { describe, expect, it } from "vitest";
import { haproxyConfig } from "#components/proxy/haproxy/config";
import { proxySettings } from "#components/proxy/settings";

const site = { host: "localhost", scheme: "http", port: 3000, readyPath: "/ready" } as const;
const linesOf = (watched: boolean, settings: object = {}) =>
  haproxyConfig({
    settings: proxySettings.parse({ tls: { mode: "off" }, ...settings }),
    site,
    several: false,
    watched,
  }).split("\n");

describe("metrics of a proxy", () => {
  it("cost nothing where nobody watches", () => {
    const text = linesOf(false).join("\n");
    expect(text).not.toContain("8404");
    expect(text).not.toContain("latency");
  });

  it("are shown at a port of their own, and nothing else there", () => {
    const all = linesOf(true);
    const from = all.indexOf("frontend metrics");
    const section = all.slice(from, all.indexOf("", from));
    expect(section.map((line) => line.split(" lf-string")[0])).toEqual([
      "frontend metrics",
      "  bind :8404",
      "  option dontlog-normal",
      "  http-request use-service prometheus-exporter if { path /metrics }",
      '  http-request return status 200 content-type "text/plain; version=0.0.4"',
      "  http-request return status 404",
    ]);
    const [, histogram = ""] = section[4]?.split(" lf-string ") ?? [];
    const lines = histogram.slice(1).split("\\n");
    expect(lines.length).toBe(4 * 11 + 1);
    expect(lines[0]).toBe(
      'keelson_http_response_seconds_bucket{code=\\"2xx\\",le=\\"0.01\\"} %[str(2),table_gpc(0,latency)]',
    );
    expect(lines[10]).toBe(
      'keelson_http_response_seconds_bucket{code=\\"2xx\\",le=\\"+Inf\\"} %[str(2),table_gpc(10,latency)]',
    );
  });

  it("count an answer in its bucket and in all larger ones, by a counter that nothing else uses", () => {
    const rateLimits = ["/a", "/b"].map((path) => ({ path, requests: 1 }));
    const all = linesOf(true, { rateLimits });
    expect(all).toContain("  tune.stick-counters 5");
    expect(
      all.filter((line) => line.startsWith("  http-response ") && /sc4|,4\)/.test(line)),
    ).toEqual([
      "  http-response track-sc4 var(txn.class) table latency",
      ...[10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000].map(
        (bound, index) =>
          `  http-response sc-inc-gpc(${String(index)},4) if { res.timer.hdr le ${String(bound)} }`,
      ),
      "  http-response sc-inc-gpc(10,4)",
    ]);
    expect(all).toContain("  stick-table type string len 2 size 100 store gpc(11)");
  });
});
