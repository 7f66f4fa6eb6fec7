import { describe, expect, it } from "vitest";
import { capacity } from "#components/proxy/haproxy/capacity";
import { proxyProblems } from "#components/proxy/problems";
import { proxySettings } from "#components/proxy/settings";
import { proxyConfig, sectionLines } from "../../../support/proxy.js";

const of = (settings: object) => capacity(proxySettings.parse(settings));
const overTls = { tls: { mode: "self-signed" } };

describe("the proxy's capacity", () => {
  it("follows from its memory, at most as many as were tried", () => {
    expect([of({}), of(overTls)]).toEqual([2856, 1750]);
    expect([of({ memory: "128MiB", ...overTls }), of({ memory: "4GiB" })]).toEqual([693, 8000]);
  });

  it("is less where each needs more, or tables and threads take some", () => {
    const less = [
      { limits: { headers: "64KiB" } },
      { limits: { connectionsPerAddress: 10 } },
      { rateLimits: [{ path: "/", requests: 1 }] },
      { headers: { contentSecurityPolicy: "x".repeat(4096) } },
      { cpus: 2 },
    ];
    for (const settings of less) expect(of(settings)).toBeLessThan(of({}));
  });

  it("is said to HAProxy, with as many threads as processors", () => {
    const [processLines, limits] = [["nbthread", "maxconn"], { memory: "128MiB", ...overTls }];
    expect(sectionLines(proxyConfig({ ...limits, cpus: 1.5 }), "global", ...processLines)).toEqual([
      "nbthread 2",
      "maxconn 660",
    ]);
    expect(
      sectionLines(
        proxyConfig(limits),
        "frontend http",
        "http-request return status 503 content-type text/plain hdr Retry-After 1",
      ),
    ).toEqual([
      'http-request return status 503 content-type text/plain hdr Retry-After 1 string "Too many requests at once, please try again.\\n" if { req.ver 2.0 } { be_conn(app) ge 693 }',
    ]);
  });

  it("needs memory for a hundred", () => {
    const problems = (settings: object) => proxyProblems(proxySettings.parse(settings));
    expect(problems({ memory: "64MiB", ...overTls })).toEqual([]);
    expect(problems({ memory: "64MiB", cpus: 8 })).toEqual([
      "proxy.memory: 64MiB is too little for 100 connections with proxy.cpus, proxy.limits and proxy.rateLimits as they are; set 80MiB or more",
    ]);
    expect(problems({ memory: "80MiB", cpus: 8 })).toEqual([]);
  });
});
