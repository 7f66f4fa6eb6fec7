import { claimRules } from "#components/proxy/haproxy/claims";
import { tunnelRules } from "#components/proxy/haproxy/tunnels";
import { describe, expect, it } from "vitest";
import { proxyConfig, sectionLines } from "../../../support/proxy.js";

const [process, frontend, app] = ["global", "frontend http", "backend app"];
const inFrontend = (settings: object, ...args: string[]) =>
  sectionLines(proxyConfig(settings), frontend, ...args);

describe("headers", () => {
  it("are set by default where that is safe, unless the app did", () => {
    expect(inFrontend({}, "http-after-response")).toEqual([
      'http-after-response add-header X-Content-Type-Options "nosniff" if !{ res.fhdr(x-content-type-options) -m found }',
      'http-after-response add-header X-Frame-Options "SAMEORIGIN" if !{ res.fhdr(x-frame-options) -m found }',
      'http-after-response add-header Referrer-Policy "strict-origin-when-cross-origin" if !{ res.fhdr(referrer-policy) -m found }',
    ]);
  });

  it("can all be left out", () => {
    const headers = { contentTypeOptions: false, frameOptions: "off", referrerPolicy: "off" };
    expect(inFrontend({ headers }, "http-after-response")).toEqual([]);
  });

  it.each([
    [{ maxAge: "365d" }, "max-age=31536000"],
    [
      { maxAge: "730d", includeSubdomains: true, preload: true },
      "max-age=63072000; includeSubDomains; preload",
    ],
  ])("say %j over HTTPS alone", (hsts, value) => {
    expect(
      inFrontend({ headers: { hsts } }, "http-after-response add-header Strict-Transport-Security"),
    ).toEqual([
      `http-after-response add-header Strict-Transport-Security "${value}" if https !{ res.fhdr(strict-transport-security) -m found }`,
    ]);
  });

  it("arrive as they are written, whatever stands in them", () => {
    const headers = { contentSecurityPolicy: `default-src 'self' https://a.com/%20"$HOME"\\` };
    const [line] = inFrontend(
      { headers },
      "http-after-response add-header Content-Security-Policy",
    );
    expect(line).toBe(
      String.raw`http-after-response add-header Content-Security-Policy "default-src 'self' https://a.com/%%20\"\$HOME\"\\" if !{ res.fhdr(content-security-policy) -m found }`,
    );
  });

  it("have room as well as those of the app", () => {
    const headers = { contentSecurityPolicy: "x".repeat(4096), permissionsPolicy: "camera=()" };
    expect(sectionLines(proxyConfig({ headers }), process, "tune.bufsize", "tune.max")).toEqual([
      "tune.bufsize 30720",
      "tune.maxrewrite 6144",
    ]);
  });
});

describe("compression", () => {
  it("is on by default for text", () => {
    const lines = sectionLines(proxyConfig(), app, "filter", "compression");
    expect(lines.slice(0, 2)).toEqual(["filter compression", "compression algo gzip"]);
    expect(lines[2]).toMatch(/^compression type text\/html text\/css .* application\/json /);
    expect(lines[2]).not.toMatch(/event-stream|image\/png|zip/);
  });

  it("is as the settings say", () => {
    const lines = (compression: object) =>
      sectionLines(proxyConfig({ compression }), app, "filter", "compression");
    expect(lines({ moreTypes: ["application/wasm", "text/css"] }).at(-1)).toMatch(
      / application\/manifest\+json application\/wasm$/,
    );
    expect(lines({ enabled: false })).toEqual([]);
  });
});

describe("redirects", () => {
  const domains = ["www.example.com", "example.com"];
  const tls = { mode: "self-signed" };
  const asked = "%[req.hdr(host),host_only]";
  const rule = "http-request redirect code 308 location";
  it.each<[string, object, string[]]>([
    ["nobody without TLS", { domains }, []],
    ["HTTP to HTTPS", { domains, tls }, [`${rule} https://${asked}%[pathq] if !https`]],
    ["nobody where the settings say so", { domains, tls, redirects: { https: false } }, []],
    [
      "each to the first domain, at once",
      { domains, tls, httpsPort: 8443, redirects: { canonical: true } },
      [
        `${rule} https://www.example.com:8443%[pathq] if !https`,
        `${rule} https://www.example.com:8443%[pathq] if https !canonical-domain`,
      ],
    ],
    [
      "each to the first domain without TLS, in the scheme that it came in",
      { domains, httpPort: 8080, redirects: { canonical: true } },
      [
        `${rule} https://www.example.com%[pathq] if https !canonical-domain`,
        `${rule} http://www.example.com:8080%[pathq] if !https !canonical-domain`,
      ],
    ],
    [
      "whom a trusted proxy brought to its usual port",
      { domains, tls, httpsPort: 8443, trustedProxies: ["10.0.0.1"] },
      [
        `${rule} https://${asked}%[pathq] if trusted-proxy !https`,
        `${rule} https://${asked}:8443%[pathq] if !trusted-proxy !https`,
      ],
    ],
    ["nobody from the only domain", { domains: ["a.com"], redirects: { canonical: true } }, []],
  ])("send %s", (_what, settings, lines) => {
    expect(inFrontend(settings, "http-request redirect")).toEqual(lines);
  });
});

describe("domains", () => {
  it("stand in as many lines as HAProxy needs", () => {
    const domains = Array.from({ length: 51 }, (_, n) => `shop${n}.example.com`);
    const lines = inFrontend({ domains }, "acl known-host");
    expect(lines.map((line) => line.split(" ").length)).toEqual([54, 5]);
    expect(lines[1]).toBe("acl known-host req.hdr(host),host_only -i shop50.example.com");
  });
});

describe("trustedProxies", () => {
  it("are nobody by default: every claim is replaced", () => {
    expect(inFrontend({}, "acl https", "http-request set-header", "http-request del")).toEqual([
      "acl https ssl_fc",
      ...claimRules(false).map((rule) => rule.trim()),
      "http-request set-header X-Forwarded-For %[var(sess.address)]",
      "http-request set-header X-Real-IP %[var(sess.address)]",
      "http-request set-header X-Forwarded-Proto http",
      "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
      "http-request set-header X-Forwarded-Port 80",
      ...tunnelRules.map((rule) => rule.trim()).filter((rule) => rule.includes(" del-header ")),
    ]);
    expect(inFrontend({}, "tcp-request")).toEqual([
      "tcp-request connection set-var-fmt(sess.address) %[src]",
    ]);
  });

  it("are distinguished by what the connection is where there is TLS", () => {
    const tls = { mode: "self-signed" };
    expect(inFrontend({ tls }, "http-request set").slice(2, 7)).toEqual([
      "http-request set-header X-Forwarded-Proto https if https",
      "http-request set-header X-Forwarded-Proto http unless https",
      "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
      "http-request set-header X-Forwarded-Port 443 if https",
      "http-request set-header X-Forwarded-Port 80 if !https",
    ]);
  });

  it("are believed about the client's address, a step only after a step", () => {
    const trustedProxies = ["10.0.0.0/8", "2001:db8::/32"];
    const args = ["acl trusted", "tcp-request", "http-request set-"];
    const lines = inFrontend({ trustedProxies }, ...args);
    expect(lines.slice(0, 12)).toEqual([
      "acl trusted-address src 10.0.0.0/8 2001:db8::/32",
      "tcp-request connection set-var-fmt(sess.address) %[src]",
      "tcp-request connection set-var(sess.trusted) bool(true) if trusted-address",
      "acl trusted-proxy var(sess.trusted) -m bool",
      "http-request set-var(txn.hop1) req.hdr_ip(x-forwarded-for,-1) if trusted-proxy",
      "acl trusted-hop1 var(txn.hop1) -m ip 10.0.0.0/8 2001:db8::/32",
      "http-request set-var(txn.hop2) req.hdr_ip(x-forwarded-for,-2) if trusted-proxy trusted-hop1",
      "acl trusted-hop2 var(txn.hop2) -m ip 10.0.0.0/8 2001:db8::/32",
      "http-request set-var(txn.hop3) req.hdr_ip(x-forwarded-for,-3) if trusted-proxy trusted-hop2",
      "http-request set-src var(txn.hop1) if trusted-proxy { var(txn.hop1) -m found }",
      "http-request set-src var(txn.hop2) if trusted-proxy { var(txn.hop2) -m found }",
      "http-request set-src var(txn.hop3) if trusted-proxy { var(txn.hop3) -m found }",
    ]);
    // What they say is taken before it is removed.
    const all = inFrontend({ trustedProxies }, "http-request");
    const [first] = claimRules(true).map((rule) => all.indexOf(rule.trim()));
    const read = all.map((rule) => /req\.hdr(_ip)?\(x-forwarded-/.test(rule));
    expect(read.lastIndexOf(true)).toBeLessThan(first ?? -1);
    expect(all.findIndex((rule) => rule.includes("set-header"))).toBeGreaterThan(first ?? Infinity);
    expect(all).toContain(
      "http-request set-header X-Forwarded-Port %[var(txn.told_port)] if trusted-proxy told-port",
    );
    // Whoever is not one of them is who connects; of them it is what they say.
    expect(lines.filter((line) => line.includes("X-Forwarded-For"))).toEqual([
      "http-request set-header X-Forwarded-For %[var(sess.address)] if !trusted-proxy",
      "http-request set-header X-Forwarded-For %[src] if trusted-proxy",
    ]);
  });

  it("stand in as many lines as HAProxy needs", () => {
    const trustedProxies = Array.from({ length: 51 }, (_, n) => `10.0.${n}.0/24`);
    const lines = inFrontend({ trustedProxies }, "acl trusted-address");
    expect(lines.map((line) => line.split(" ").length)).toEqual([53, 4]);
  });
});
