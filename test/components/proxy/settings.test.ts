import { describe, expect, it } from "vitest";
import { pathRules } from "#components/proxy/haproxy/paths";
import { proxySettings } from "#components/proxy/settings";
import { proxyWorkload } from "#components/proxy";
import { proxyProblems } from "#components/proxy/problems";
import { parseSettings, SettingsError } from "#lib/settings";
import { proxyConfig, sectionLines } from "../../support/proxy.js";

const [process, defaults, frontend] = ["global", "defaults", "frontend http"];

/** The problems of settings that are wrong by themselves. */
function problemsOf(settings: object): readonly string[] {
  try {
    parseSettings(proxySettings, settings, "proxy");
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("the settings", () => {
  it.each<[string, object, string[]]>([
    [
      "a proxy that is none",
      { trustedProxies: ["10.0.0.0/33", "cdn.example.com", "10.0.0.0/8", "::1", "2001:db8::/32"] },
      [
        'proxy.trustedProxies[0]: "10.0.0.0/33" is not an address or a range of them; write such as 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32',
        'proxy.trustedProxies[1]: "cdn.example.com" is not an address or a range of them; write such as 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32',
      ],
    ],
    [
      "a header of two lines",
      { headers: { contentSecurityPolicy: "default-src 'self'\r\nSet-Cookie: a=b" } },
      [
        `proxy.headers.contentSecurityPolicy: "default-src 'self'\\r\\nSet-Cookie: a=b" is not one line of plain text; remove line breaks, outer spaces and letters beyond ASCII`,
      ],
    ],
    [
      "a path that would end the line",
      { rateLimits: [{ path: "/auth #", requests: 5 }] },
      [
        'proxy.rateLimits[0].path: "/auth #" is not the beginning of a path; write it as clients do, such as /auth: without spaces, // and dots alone',
      ],
    ],
    [
      "a path that no request would ever have",
      {
        privatePaths: ["metrics", "//metrics", "/x/../metrics", "/."].map((path) => ({
          path,
          deny: true,
        })),
      },
      ["metrics", "//metrics", "/x/../metrics", "/."].map(
        (path, index) =>
          `proxy.privatePaths[${String(index)}].path: "${path}" is not the beginning of a path; write it as clients do, such as /auth: without spaces, // and dots alone`,
      ),
    ],
    [
      "times that HAProxy cannot count",
      { limits: { tunnelTimeout: "25d" }, rateLimits: [{ path: "/", requests: 5, per: "25h" }] },
      [
        'proxy.limits.tunnelTimeout: "25d" is above 24d; set 24d or less',
        'proxy.rateLimits[0].per: "25h" is above 1d; set 1d or less',
      ],
    ],
    [
      "a content type with parameters",
      { compression: { moreTypes: ["text/html; charset=utf-8"] } },
      [
        'proxy.compression.moreTypes[0]: "text/html; charset=utf-8" is not a content type; write one such as text/html',
      ],
    ],
  ])("refuse %s", (_what, settings, problems) => {
    expect(problemsOf(settings)).toEqual(problems);
  });
});

describe("limits", () => {
  it("are on by default", () => {
    const config = proxyConfig();
    expect(sectionLines(config, process, "tune.")).toEqual([
      "tune.bufsize 26624",
      "tune.maxrewrite 2048",
      "tune.memory.hot-size 4194304",
    ]);
    expect(sectionLines(config, defaults, "timeout")).toEqual([
      "timeout connect 1s",
      "timeout check 5s",
      "timeout client 60s",
      "timeout server 60s",
      "timeout http-request 10s",
      "timeout http-keep-alive 60s",
      "timeout queue 30s",
      "timeout tunnel 1h",
    ]);
    expect(sectionLines(config, frontend, "http-request return status 4")).toEqual([
      'http-request return status 421 content-type text/plain string "No site of this name is served here.\\n" unless known-host',
      'http-request return status 405 content-type text/plain string "This is no forward proxy.\\n" if { method CONNECT } !{ path -m found }',
      'http-request return status 413 content-type text/plain string "The request is longer than 32MiB.\\n" if { req.hdr_val(content-length) gt 33554432 }',
    ]);
    expect(config).not.toMatch(/tcp-request connection (accept|reject|track)/);
  });

  it("are as the settings say", () => {
    const times = { requestTimeout: "5s", responseTimeout: "2m", idleTimeout: "30s" };
    const limits = { ...times, tunnelTimeout: "24d", requestBody: "8GiB", unsizedBodies: "refuse" };
    const tcp = [{ port: 1982, target: 1982 }];
    const config = proxyConfig({ limits: { ...limits, headers: "64KiB" }, tcp });
    expect(sectionLines(config, process, "tune.bufsize")).toEqual(["tune.bufsize 67584"]);
    expect(sectionLines(config, defaults, "timeout client", "timeout server")).toEqual([
      "timeout client 30s",
      "timeout server 2m",
    ]);
    expect(sectionLines(config, defaults, "timeout http", "timeout tunnel")).toEqual([
      "timeout http-request 5s",
      "timeout http-keep-alive 30s",
      "timeout tunnel 24d",
    ]);
    expect(sectionLines(config, "listen tcp-1982", "timeout")).toEqual([
      "timeout client 24d",
      "timeout server 24d",
    ]);
    const http2 = "{ req.ver 2.0 } !{ req.hdr(content-length) -m found } !{ method CONNECT }";
    const refused = `http-request return status 411 content-type text/plain string "Say the body's Content-Length.\\n" if`;
    const rules = ["http-request return status 41", "http-request wait"];
    expect(sectionLines(config, frontend, ...rules)).toEqual([
      'http-request return status 413 content-type text/plain string "The request is longer than 8GiB.\\n" if { req.hdr_val(content-length) gt 8589934592 }',
      `${refused} { req.hdr(transfer-encoding) -m found }`,
      `http-request wait-for-body time 5s at-least 1 if ${http2}`,
      `${refused} ${http2} { req.body_len gt 0 }`,
    ]);
  });

  it("count the connections of an address on every port, but not those of a trusted proxy", () => {
    const limits = { connectionsPerAddress: 50 };
    const tcp = [{ port: 1982, target: 1982 }];
    const config = proxyConfig({ limits, tcp, trustedProxies: ["10.1.0.0/16"] });
    for (const section of [frontend, "listen tcp-1982"]) {
      const rules = ["tcp-request connection", "acl trusted-address"];
      const lines = sectionLines(config, section, ...rules);
      // What is noted of a connection is noted before any is let in.
      const noted = (line: string) => line.includes("set-var");
      expect(lines.findIndex(noted)).toBeLessThan(2);
      expect(lines.filter((line) => !/set-var|maintenance/.test(line))).toEqual([
        "acl trusted-address src 10.1.0.0/16",
        "tcp-request connection accept if trusted-address",
        "tcp-request connection reject if { src,ipmask(32,64),table_conn_cur(connections) ge 50 }",
        "tcp-request connection track-sc0 src,ipmask(32,64) table connections",
      ]);
    }
    expect(sectionLines(config, "backend connections", "stick")).toEqual([
      "stick-table type ipv6 size 20k expire 1h store conn_cur",
    ]);
    const alone = proxyConfig({ limits });
    expect(sectionLines(alone, frontend, "tcp-request connection accept", "acl trusted")).toEqual(
      [],
    );
  });
});

describe("bind", () => {
  const bind = ["0.0.0.0", "::"];
  const settings = { bind, tls: { mode: "self-signed" }, tcp: [{ port: 1982, target: 1982 }] };

  it("of several addresses has a port inside for each, since Docker's provider needs them apart", () => {
    const { ports } = proxyWorkload(proxySettings.parse(settings));
    expect(ports).toEqual([
      { internal: 8080, external: 80, ip: "0.0.0.0" },
      { internal: 8443, external: 443, ip: "0.0.0.0" },
      { internal: 1982, external: 1982, ip: "0.0.0.0" },
      { internal: 40_100, external: 80, ip: "::" },
      { internal: 40_101, external: 443, ip: "::" },
      { internal: 40_102, external: 1982, ip: "::" },
    ]);
    expect(sectionLines(proxyConfig(settings), frontend, "bind")).toEqual([
      "bind :8080",
      "bind :40100",
      "bind :8443 ssl crt /config/tls/self-signed.pem alpn h2,http/1.1",
      "bind :40101 ssl crt /config/tls/self-signed.pem alpn h2,http/1.1",
    ]);
    expect(sectionLines(proxyConfig(settings), "listen tcp-1982", "bind")).toEqual([
      "bind :1982",
      "bind :40102",
    ]);
  });

  it("of one address is as it was, whichever way it is written", () => {
    const [one, list] = ["127.0.0.1", ["127.0.0.1"]].map((each) =>
      proxyWorkload(proxySettings.parse({ bind: each })),
    );
    expect(list).toEqual(one);
    expect(one?.ports).toEqual([{ internal: 8080, external: 80, ip: "127.0.0.1" }]);
  });

  it("refuses what is none, what is there twice and what another one stands for", () => {
    expect(problemsOf({ bind: ["0.0.0.0", "here"] })).toHaveLength(1);
    const wrong = { bind: ["0.0.0.0", "127.0.0.1", "::", "::"] };
    expect(proxyProblems(proxySettings.parse(wrong))).toEqual([
      "proxy.bind[3]: address :: is already taken by proxy.bind[2]; choose another address",
      "proxy.bind[1]: 127.0.0.1 is one of those that 0.0.0.0 stands for; keep one of them",
    ]);
  });
});

describe("healthPath", () => {
  it("answers who asks by no name that is served, before 421, and nobody else", () => {
    const lines = sectionLines(proxyConfig({ healthPath: "/up" }), frontend, "http-request return");
    expect(lines.slice(0, 2)).toEqual([
      'http-request return status 200 content-type text/plain string "The proxy answers.\\n" if { path /up } !known-host',
      expect.stringContaining("status 421"),
    ]);
  });
});

describe("rateLimits", () => {
  it("count by address and path, and refuse with the time to wait", () => {
    const rateLimits = [
      { path: "/auth/", requests: 5 },
      { path: "/", requests: 1, per: "10s" },
    ];
    const config = proxyConfig({ rateLimits });
    expect(
      sectionLines(config, frontend, "acl rate", "http-request").filter((line) =>
        /rate-limit|txn\.path|gpc/.test(line),
      ),
    ).toEqual([
      "http-request set-var(txn.path) path,concat(/)",
      ...pathRules.slice(1).map((rule) => rule.trim()),
      "acl rate-limit-1 var(txn.path) -m beg -i /auth/",
      "acl rate-limit-1 var(txn.path) -m sub /./ /../",
      "acl rate-limit-1 path -m reg %([^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?$)",
      "http-request track-sc1 src,ipmask(32,64) table rate-limit-1 if rate-limit-1",
      'http-request return status 429 content-type text/plain hdr Retry-After 60 string "Too many requests, please try again later.\\n" if { sc_gpc_rate(0,1) ge 5 }',
      "http-request track-sc2 src,ipmask(32,64) table rate-limit-2",
      'http-request return status 429 content-type text/plain hdr Retry-After 20 string "Too many requests, please try again later.\\n" if { sc_gpc_rate(0,2) ge 1 }',
      "http-request sc-inc-gpc(0,1)",
      "http-request sc-inc-gpc(0,2)",
    ]);
    expect(sectionLines(config, "backend rate-limit-1", "stick-table")).toEqual([
      "stick-table type ipv6 size 20k expire 120s store gpc(1),gpc_rate(1,60s)",
    ]);
    expect(sectionLines(config, "backend rate-limit-2", "stick-table")).toEqual([
      "stick-table type ipv6 size 20k expire 20s store gpc(1),gpc_rate(1,10s)",
    ]);
  });

  it("of everything need no look at the path", () => {
    const config = proxyConfig({ rateLimits: [{ path: "/", requests: 5 }] });
    expect(config).not.toContain("txn.path");
  });

  it("get a counter each", () => {
    const counters = (...paths: string[]) => {
      const rateLimits = paths.map((path) => ({ path, requests: 5 }));
      return sectionLines(proxyConfig({ rateLimits }), process, "tune.stick-counters");
    };
    // One is the connections', one the watch's over a release; HAProxy has three without being told.
    expect(counters("/a")).toEqual([]);
    expect(counters("/a", "/b")).toEqual(["tune.stick-counters 4"]);
    expect(counters("/a", "/b", "/c")).toEqual(["tune.stick-counters 5"]);
  });

  it("are none by default", () => {
    expect(proxyConfig()).not.toMatch(/rate-limit|stick-counters|txn\.path/);
  });
});

describe("accessLog", () => {
  it("is of what fails by default, and of everything where it is on", () => {
    const lines = (settings: object) =>
      sectionLines(proxyConfig(settings), "defaults", "option dontlog", "option httplog");
    expect(lines({})).toEqual(["option httplog", "option dontlognull", "option dontlog-normal"]);
    expect(lines({ accessLog: true })).toEqual(["option httplog", "option dontlognull"]);
  });
});
