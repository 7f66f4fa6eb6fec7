import { healthPath } from "#components/app/health-settings";
import { describe, expect, it } from "vitest";
import { haproxyConfig } from "#components/proxy/haproxy/config";
import { proxyWorkload } from "#components/proxy";
import { publicUrl } from "#components/proxy/settings";
import { proxySettings } from "#components/proxy/settings";
import { settingsFrom } from "#config";
import { runSettings } from "../support/program.js";
import { proxyConfig, proxyTemplate } from "../support/proxy.js";

const app = "shop-test-app-1234567";
const configOf = (proxy: object = {}) => proxyConfig(proxy, app);

/** The lines of a section, without its indent. */
function section(config: string, head: string): string[] {
  const [found = ""] = config.split("\n\n").filter((each) => each.split("\n")[0] === head);
  return found
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

const tlsOf = (mode: string) =>
  mode === "files" ? { mode, certificateSecret: "TLS_CERTIFICATE" } : { mode };

function redirect(config: string): string {
  const lines = config.split("\n").filter((line) => line.includes("http-request redirect"));
  expect(lines).toHaveLength(1);
  return lines.join("");
}

describe("haproxyConfig", () => {
  it("routes its domains to the app, and answers no others", () => {
    const lines = section(configOf({ domains: ["a.com", "b.com"] }), "frontend http");
    expect(lines[0]).toBe("bind :8080");
    expect(lines).toContain("acl known-host req.hdr(host),host_only -i a.com b.com");
    expect(lines.find((line) => line.includes("status 421"))).toMatch(/ unless known-host$/);
    expect(lines).toContain("default_backend app");
    expect(lines.filter((line) => line.includes("redirect"))).toEqual([]);
  });

  it("follows the app's name through Docker's DNS, and asks its readiness", () => {
    const lines = section(configOf(), "backend app");
    expect(lines.filter((line) => line.includes("check ") && !line.startsWith("server"))).toEqual([
      // As the public asks; the path of each server is in a file that a release and a migration change.
      'http-check send meth GET uri-lf "%[srv_name,map(/config/checks.map,/)]" ver HTTP/1.1 hdr Host localhost hdr X-Forwarded-Proto http',
      "http-check expect status 200-299",
    ]);
    expect(lines).toContain("option httpchk");
    expect(lines.find((line) => line.startsWith("server "))).toMatch(
      /^server only-1 shop-test-app-1234567:3000 resolvers docker .*check inter 1s downinter 250ms rise 1 fall 4$/,
    );
  });

  it("sends a request again that has not reached the app, or that may be repeated", () => {
    const config = configOf();
    const lines = section(config, "backend app");
    expect(lines.filter((line) => /retr/.test(line))).toEqual([
      "retries 3",
      "retry-on conn-failure empty-response",
      "http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ]);
    expect(section(config, "defaults")).toContain("option redispatch 1");
  });

  it("sets every X-Forwarded header itself, with the ports that the outside sees", () => {
    const lines = section(configOf({ httpPort: 8088 }), "frontend http");
    const text = lines.join("\n");
    for (const name of ["X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host"]) {
      expect(text).toContain(`set-header ${name} `);
    }
    expect(text).toMatch(/set-header X-Forwarded-Port .*\b8088\b/);
    expect(lines.filter((line) => line.startsWith("http-request del-header ^"))).toHaveLength(1);
  });

  it.each([
    ["self-signed", "/config/tls/self-signed.pem"],
    ["files", "/config/tls/files.pem"],
  ])("speaks TLS with %s, and sends plain HTTP there", (mode, file) => {
    const config = configOf({ tls: tlsOf(mode), httpsPort: 8444 });
    const lines = section(config, "frontend http");
    expect(lines.filter((line) => line.startsWith("bind :8443"))).toEqual([
      `bind :8443 ssl crt ${file} alpn h2,http/1.1`,
    ]);
    expect(redirect(config)).toMatch(/ 308 location https:\S+:8444\S* (unless|if) /);
  });

  it("leaves the usual port out of a redirect", () => {
    const line = redirect(configOf({ tls: tlsOf("files") }));
    expect(line).toMatch(/ 308 location https:\S+ (unless|if) /);
    expect(line).not.toContain(":443");
  });

  it("hands raw TCP through, a section each", () => {
    const lines = section(configOf({ tcp: [{ port: 1982, target: 1999 }] }), "listen tcp-1982");
    expect(lines.slice(0, 2)).toEqual(["bind :1982", "mode tcp"]);
    const servers = lines.filter((line) => line.startsWith("server "));
    expect(servers).toHaveLength(34);
    expect(servers[0]).toMatch(/^server only-1 shop-test-app-1234567:1999 /);
  });

  it("tries once more on another container where there are several, and waits for a single one", () => {
    const retries = (several: boolean) => {
      const text = proxyTemplate({ tcp: [{ port: 1982, target: 1999 }] }, { several });
      return text.split("\n").filter((line) => line.startsWith("  retries "));
    };
    expect(retries(true)).toEqual(["  retries 1", "  retries 1"]);
    expect(retries(false)).toEqual(["  retries 3", "  retries 3"]);
  });

  it("counts answers by client and first part of the path, for the watch over a release", () => {
    const config = configOf();
    expect(section(config, "backend app").filter((line) => line.includes("watch"))).toEqual([
      "http-request set-var-fmt(txn.watched) %[src]|%[path,field(2,/)]",
      "http-request track-sc1 var(txn.watched) table watch",
    ]);
    expect(section(config, "backend watch")).toEqual([
      "stick-table type string len 80 size 10k expire 5m store http_req_cnt,http_err_cnt,http_fail_cnt,http_req_rate(60s),http_err_rate(60s),http_fail_rate(60s),gpc0,gpc0_rate(60s)",
    ]);
  });

  it("counts slow answers where a release is watched for them", () => {
    const config = proxyTemplate({}, { slowAfter: 0.5 });
    expect(section(config, "backend app").filter((line) => line.includes("gpc1"))).toEqual([
      "http-response sc-inc-gpc1(1) if { res.timer.hdr gt 500 }",
    ]);
    expect(section(config, "backend watch")).toEqual([
      "stick-table type string len 80 size 10k expire 5m store http_req_cnt,http_err_cnt,http_fail_cnt,http_req_rate(60s),http_err_rate(60s),http_fail_rate(60s),gpc0,gpc0_rate(60s),gpc1,gpc1_rate(60s)",
    ]);
  });

  it("ends with a newline, without which HAProxy refuses it", () => {
    expect(configOf().endsWith("\n")).toBe(true);
  });
});

describe("publicUrl", () => {
  it.each([
    [{}, "http://localhost"],
    [{ httpPort: 8080 }, "http://localhost:8080"],
    [{ domains: ["a.com", "b.com"], tls: tlsOf("files") }, "https://a.com"],
    [{ domains: ["a.com"], tls: tlsOf("self-signed"), httpsPort: 8444 }, "https://a.com:8444"],
  ])("of a proxy with %j is %s", (settings, url) => {
    expect(publicUrl(proxySettings.parse(settings))).toBe(url);
  });
});

describe("proxyWorkload", () => {
  it.each([
    ["off", ["127.0.0.1:80>8080", "127.0.0.1:1982>1982"]],
    ["files", ["127.0.0.1:80>8080", "127.0.0.1:443>8443", "127.0.0.1:1982>1982"]],
  ])("with TLS %s publishes %j", (mode, published) => {
    const tcp = [{ port: 1982, target: 1999 }];
    const proxy = { bind: "127.0.0.1", tls: tlsOf(mode), tcp };
    const { ports } = proxyWorkload(proxySettings.parse(proxy));
    const texts = ports.map(
      (each) => `${each.ip}:${String(each.external)}>${String(each.internal)}`,
    );
    expect(texts).toEqual(published);
  });
});

describe("Proxy", () => {
  it("is reached and published as that says, and led to the app by that configuration", async () => {
    const proxy = {
      bind: "127.0.0.1",
      domains: ["a.com"],
      tls: tlsOf("files"),
      httpsPort: 8444,
      tcp: [{ port: 1982, target: 1999 }],
    };
    const settings = settingsFrom({
      environment: "local",
      app: { name: "shop", image: "shop:1.0" },
      proxy,
      secrets: { TLS_CERTIFICATE: {} },
    });
    const run = await runSettings(settings);
    expect(run.stackOutputs["url"]).toBe("https://a.com:8444");
    const ports = run.inputs("shop-test-proxy")["ports"] as Record<string, string | number>[];
    expect(ports.map((each) => `${each["ip"]}:${each["external"]}>${each["internal"]}`)).toEqual(
      ["80>8080", "8444>8443", "1982>1982"].map((each) => `127.0.0.1:${each}`),
    );
    const { app: ofApp, proxy: parsed } = settings;
    const site = { host: "a.com", scheme: "https", port: ofApp.port } as const;
    const readyPath = ofApp.health.readyPath ?? healthPath(ofApp.health);
    const route = { settings: parsed, site: { ...site, readyPath }, several: false };
    expect(run.inputs("shop-test-proxy-route")["stdin"]).toBe(haproxyConfig(route));
  });
});
