import { describe, expect, it } from "vitest";
import { passwordHash } from "#components/proxy/haproxy/private-paths";
import { proxyProblems } from "#components/proxy/problems";
import { proxySettings } from "#components/proxy/settings";
import { password, proxyConfig, sectionLines } from "../../../support/proxy.js";

const lines = (settings: object, ...starts: string[]) =>
  sectionLines(proxyConfig(settings), "frontend http", ...starts);
const problemsOf = (privatePaths: object[]) => proxyProblems(proxySettings.parse({ privatePaths }));

describe("private paths", () => {
  it("are none by default, and then no path is looked at", () => {
    const config = proxyConfig();
    expect(config).not.toContain("txn.path");
    expect(config).not.toContain("private-");
  });

  it("answer strangers before a limit counts them, and ask for a password after that", () => {
    const privatePaths = [
      { path: "/admin", passwordSecret: "PASSWORD" },
      { path: "/metrics/", allow: ["10.0.0.0/8", "::1"] },
      { path: "/", deny: true },
    ];
    const rateLimits = [{ path: "/auth", requests: 5 }];
    const { key, hash } = passwordHash(password, "key");
    const starts = ["acl private", "acl allowed", "acl password", "acl from-inside"];
    expect(lines({ privatePaths, rateLimits }, ...starts)).toEqual([
      "acl from-inside var(txn.inside) -m bool",
      "acl private-1 var(txn.path) -m beg -i /admin/ /admin.",
      "acl private-2 var(txn.path) -m beg -i /metrics/ /metrics.",
      "acl private-3 always_true",
      "acl allowed-2 src 10.0.0.0/8 ::1",
      `acl password-1 http_auth_pass,hmac(sha256,${key}),hex -m str ${hash}`,
    ]);
    const answers = lines({ privatePaths, rateLimits }, "http-request return").flatMap(
      (line) => / status (40[14]|429) .* if (.*)$/.exec(line)?.slice(1, 3).join(" if ") ?? [],
    );
    expect(answers).toEqual([
      "404 if private-2 !allowed-2 !from-inside",
      "404 if private-3 !from-inside",
      "429 if { sc_gpc_rate(0,1) ge 5 }",
      "401 if private-1 !password-1 !from-inside",
    ]);
  });

  it("take nobody for one of the stack's containers because a trusted proxy says so", () => {
    const privatePaths = [{ path: "/metrics", deny: true }];
    const rule =
      "http-request set-var(txn.inside) bool(true) if { src,map_ip(/config/maintenance/inside.map) -m str yes }";
    expect(lines({ privatePaths }, "http-request set-var(txn.inside)")).toEqual([rule]);
    const trustedProxies = ["10.0.0.1"];
    expect(lines({ privatePaths, trustedProxies }, "http-request set-var(txn.inside)")).toEqual([
      `${rule} !trusted-proxy`,
    ]);
  });

  it("have a hash of a password that differs by the stack's key", () => {
    expect(passwordHash("a", "one")).toEqual(passwordHash("a", "one"));
    expect(passwordHash("a", "one").hash).not.toBe(passwordHash("a", "two").hash);
    expect(passwordHash("a", "one").key).not.toBe(passwordHash("a", "two").key);
    expect(JSON.stringify(passwordHash(password, "one"))).not.toContain("one");
  });

  it.each<[string, object[], string[]]>([
    [
      "one of each kind",
      [
        { path: "/a", deny: true },
        { path: "/a", passwordSecret: "P" },
      ],
      [],
    ],
    [
      "one that says nothing",
      [{ path: "/a" }],
      ["proxy.privatePaths[0]: says nobody who may ask; set allow, passwordSecret or deny"],
    ],
    [
      "one that says two things",
      [{ path: "/a", deny: true, allow: ["10.0.0.1"] }],
      [
        "proxy.privatePaths[0]: has allow and deny; keep one of them; entries of one path have all to be passed",
      ],
    ],
    [
      "one that is open to all",
      [{ path: "/a", allow: ["10.0.0.1", "0.0.0.0/0", "::/0"] }],
      ["allow[1]", "allow[2]"].map(
        (each) =>
          `proxy.privatePaths[0].${each}: lets everybody in; name your own addresses, or remove the entry`,
      ),
    ],
  ])("have no problems but those of %s", (_what, privatePaths, problems) => {
    expect(problemsOf(privatePaths)).toEqual(problems);
  });
});
