import { describe, expect, it } from "vitest";
import { claimRules } from "#components/proxy/haproxy/claims";

/** Names that a rule removes, as HAProxy compares them: in lower case. */
function removes(rule: string | undefined, name: string): boolean {
  const [, pattern] = /^ {2}http-request del-header (\S+) -m reg\b/.exec(rule ?? "") ?? [];
  if (pattern === undefined) throw new Error(`no rule that removes headers: ${rule ?? "none"}`);
  return new RegExp(pattern).test(name.toLowerCase());
}

const claimed = [
  "Client-IP",
  "X-Client-IP",
  "True-Client-IP",
  "X-Cluster-Client-IP",
  "X-Real-IP",
  "CF-Connecting-IP",
  "Cf-Pseudo-IPv4",
  "Fastly-Client-IP",
  "WL-Proxy-Client-IP",
  "X-Original-URL",
  "X-Rewrite-URL",
  "X-Original-Host",
  "X-Host",
  "X-Scheme",
  "X-Forwarded",
  "Forwarded-For",
  "Forwarded",
  "X-Original-Forwarded-For",
  "X-Forwarded-For",
  "X-Forwarded-Prefix",
  "X-Forwarded-Ssl",
  "X-Forwarded-User",
  "Remote-User",
  "Front-End-Https",
  "Proxy",
  // WSGI, Rack and CGI read these as those.
  "Client_IP",
  "X_Forwarded_For",
  "X-Forwarded_Host",
  "x_original_url",
];

const clients = [
  "Host",
  "User-Agent",
  "Accept",
  "Cookie",
  "Authorization",
  "Origin",
  "Referer",
  "Via",
  "X-HTTP-Method-Override",
  "X-Requested-With",
  "X-Request-Id",
  "X-CSRF-Token",
  "Traceparent",
  "Proxy-Authorization",
  "CF-Access-Client-Id",
  "X-Client-Version",
  "X-Original-Content",
  "Api_Key",
  "X-Forwarding",
  "My-Client-IP",
  "X-Hostname",
];

describe("claimRules", () => {
  const [rule, ...none] = claimRules(false);
  it.each(claimed)("remove %s, which is a proxy's", (name) => {
    expect(removes(rule, name)).toBe(true);
  });

  it.each(clients)("leave %s, which may be a client's", (name) => {
    expect(removes(rule, name)).toBe(false);
  });

  it("are one for all requests where no proxy is trusted", () => {
    expect(none).toEqual([]);
    expect(rule).toMatch(/ -m reg$/);
    // HAProxy takes lines of up to 2047 characters.
    expect(rule?.length).toBeLessThan(1500);
  });

  it("leave a trusted proxy its own, but what is set here and the other spellings of it", () => {
    const [others, own, ...more] = claimRules(true);
    expect(others).toBe(`${rule ?? ""} unless trusted-proxy`);
    expect(more).toEqual([]);
    const gone = claimed.filter((name) => removes(own, name));
    expect(gone).toEqual([
      "X-Real-IP",
      "Forwarded",
      "X-Forwarded-For",
      "X_Forwarded_For",
      "X-Forwarded_Host",
    ]);
  });
});
