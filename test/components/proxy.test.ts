import { describe, expect, it } from "vitest";
import { haproxyConfig, type ProxyRoute } from "../../components/proxy-config.js";
import { proxySettings, proxyWorkload, publicUrl } from "../../components/proxy.js";

const route: ProxyRoute = {
  ...{ domains: ["example.com", "www.example.com"], app: "shop-1234567", port: 3000 },
  ...{ readyPath: "/ready", tls: "off", httpPort: 80, httpsPort: 443, tcp: [] },
};

/** The lines of a section, without its indent. */
function section(config: string, head: string): string[] {
  const [found = ""] = config.split("\n\n").filter((each) => each.split("\n")[0] === head);
  return found
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

describe("haproxyConfig", () => {
  it("routes its domains to the app, and answers no others", () => {
    const lines = section(haproxyConfig(route), "frontend http");
    expect(lines[0]).toBe("bind :8080");
    expect(lines).toContain(
      "acl known-host req.hdr(host),host_only -i example.com www.example.com",
    );
    expect(lines.find((line) => line.includes("status 421"))).toMatch(/ unless known-host$/);
    expect(lines.at(-1)).toBe("default_backend app");
    expect(lines.filter((line) => line.includes("redirect"))).toEqual([]);
  });

  it("follows the app's name through Docker's DNS, and asks its readiness", () => {
    expect(section(haproxyConfig(route), "backend app")).toEqual([
      ...["option httpchk GET /ready", "http-check expect status 200", "retry-on conn-failure"],
      "retries 3",
      "server app shop-1234567:3000 resolvers docker resolve-prefer ipv4 init-addr last,libc,none check inter 1s fall 3 rise 1",
    ]);
  });

  it("never sends a request again that may have reached the app", () => {
    expect(haproxyConfig(route)).not.toContain("empty-response");
  });

  it("sets every X-Forwarded header itself, with the ports that the outside sees", () => {
    const lines = section(haproxyConfig({ ...route, httpPort: 8080 }), "frontend http");
    const set = lines
      .filter((line) => line.includes("set-header"))
      .map((line) => line.split(" ")[2]);
    expect(new Set(set)).toEqual(
      new Set(
        ["For", "Proto", "Host", "Port"].map((name) => `X-Forwarded-${name}`).concat("X-Real-IP"),
      ),
    );
    expect(lines).toContain("http-request set-header X-Forwarded-Port 8080 if !{ ssl_fc }");
    expect(lines).toContain("http-request del-header Forwarded");
  });

  it.each([
    ["self-signed", "/config/tls/self-signed.pem"],
    ["files", "/run/secrets/TLS_CERTIFICATE"],
  ] as const)("speaks TLS with %s, and sends plain HTTP there", (tls, file) => {
    const lines = section(haproxyConfig({ ...route, tls, httpsPort: 8444 }), "frontend http");
    expect(lines).toContain(`bind :8443 ssl crt ${file} alpn h2,http/1.1`);
    expect(lines).toContain(
      "http-request redirect code 308 location https://%[req.hdr(host),host_only]:8444%[capture.req.uri] unless { ssl_fc }",
    );
  });

  it("leaves the usual port out of a redirect", () => {
    expect(haproxyConfig({ ...route, tls: "files" })).toContain("host_only]%[capture.req.uri]");
  });

  it("hands raw TCP through, a section each", () => {
    const config = haproxyConfig({ ...route, tcp: [{ port: 1982, target: 1999 }] });
    const lines = section(config, "listen tcp-1982");
    expect(lines.slice(0, 2)).toEqual(["bind :1982", "mode tcp"]);
    expect(lines.at(-1)).toMatch(/^server app shop-1234567:1999 /);
  });

  it("ends with a newline, without which HAProxy refuses it", () => {
    expect(haproxyConfig(route).endsWith("\n")).toBe(true);
  });
});

const parsed = (over: object = {}) => proxySettings.parse(over);

describe("publicUrl", () => {
  it.each([
    [{}, "http://localhost"],
    [{ httpPort: 8080 }, "http://localhost:8080"],
    [{ domains: ["a.com", "b.com"], tls: { mode: "files" } }, "https://a.com"],
    [{ domains: ["a.com"], tls: { mode: "self-signed" }, httpsPort: 8444 }, "https://a.com:8444"],
  ])("of %j is %s", (settings, url) => {
    expect(publicUrl(parsed(settings))).toBe(url);
  });
});

describe("proxyWorkload", () => {
  it("publishes HTTP, HTTPS where TLS is on, and raw TCP, at the address of the settings", () => {
    const tcp = [{ port: 1982, target: 1999 }];
    const ports = (mode: string) =>
      proxyWorkload(parsed({ bind: "127.0.0.1", tls: { mode }, tcp })).ports.map(
        ({ ip, external, internal }) => `${ip}:${String(external)}>${String(internal)}`,
      );
    expect(ports("off")).toEqual(["127.0.0.1:80>8080", "127.0.0.1:1982>1982"]);
    expect(ports("files")).toEqual([
      ...["127.0.0.1:80>8080", "127.0.0.1:443>8443", "127.0.0.1:1982>1982"],
    ]);
  });
});
