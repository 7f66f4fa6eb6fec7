import { describe, expect, it } from "vitest";
import { settingsFrom } from "../../config.js";
import { runSettings } from "../support/program.js";

/** A stack with such a proxy. */
function runWith(proxy: object) {
  const app = { name: "shop", image: "shop:1.0", health: { readyPath: "/ready" } };
  const secrets = { TLS_CERTIFICATE: {} };
  return runSettings(settingsFrom({ environment: "local", app, secrets, proxy }));
}

/** haproxy.cfg as the step that routes to the app hands it over. */
async function configOf(proxy: object = {}): Promise<string> {
  return String((await runWith(proxy)).inputs("shop-test-proxy-route")["stdin"]);
}

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
  it("routes its domains to the app, and answers no others", async () => {
    const lines = section(await configOf({ domains: ["a.com", "b.com"] }), "frontend http");
    expect(lines[0]).toBe("bind :8080");
    expect(lines).toContain("acl known-host req.hdr(host),host_only -i a.com b.com");
    expect(lines.find((line) => line.includes("status 421"))).toMatch(/ unless known-host$/);
    expect(lines).toContain("default_backend app");
    expect(lines.filter((line) => line.includes("redirect"))).toEqual([]);
  });

  it("follows the app's name through Docker's DNS, and asks its readiness", async () => {
    const lines = section(await configOf(), "backend app");
    expect(lines).toContain("option httpchk GET /ready");
    expect(lines).toContain("http-check expect status 200");
    expect(lines.find((line) => line.startsWith("server "))).toMatch(
      /^server app shop-test-app-1234567:3000 resolvers docker .*check inter 1s fall 4 rise 1$/,
    );
  });

  it("sends a request again that has not reached the app, or that may be repeated", async () => {
    const config = await configOf();
    const lines = section(config, "backend app");
    expect(lines.filter((line) => /retry/.test(line))).toEqual([
      "retry-on conn-failure empty-response",
      "http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ]);
    expect(section(config, "defaults")).toEqual(
      expect.arrayContaining(["option redispatch 1", "retries 3"]),
    );
  });

  it("sets every X-Forwarded header itself, with the ports that the outside sees", async () => {
    const lines = section(await configOf({ httpPort: 8088 }), "frontend http");
    const text = lines.join("\n");
    for (const name of ["X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host"]) {
      expect(text).toContain(`set-header ${name} `);
    }
    expect(text).toMatch(/set-header X-Forwarded-Port .*\b8088\b/);
    expect(lines).toContain("http-request del-header Forwarded");
  });

  it.each([
    ["self-signed", "/config/tls/self-signed.pem"],
    ["files", "/run/secrets/TLS_CERTIFICATE"],
  ])("speaks TLS with %s, and sends plain HTTP there", async (mode, file) => {
    const config = await configOf({ tls: tlsOf(mode), httpsPort: 8444 });
    const lines = section(config, "frontend http");
    expect(lines.filter((line) => line.startsWith("bind :8443"))).toEqual([
      `bind :8443 ssl crt ${file} alpn h2,http/1.1`,
    ]);
    expect(redirect(config)).toMatch(/ 308 location https:\S+:8444\S* (unless|if) /);
  });

  it("leaves the usual port out of a redirect", async () => {
    const line = redirect(await configOf({ tls: tlsOf("files") }));
    expect(line).toMatch(/ 308 location https:\S+ (unless|if) /);
    expect(line).not.toContain(":443");
  });

  it("hands raw TCP through, a section each", async () => {
    const lines = section(
      await configOf({ tcp: [{ port: 1982, target: 1999 }] }),
      "listen tcp-1982",
    );
    expect(lines.slice(0, 2)).toEqual(["bind :1982", "mode tcp"]);
    const servers = lines.filter((line) => line.startsWith("server "));
    expect(servers).toHaveLength(17);
    expect(servers[0]).toMatch(/^server app shop-test-app-1234567:1999 /);
  });

  it("ends with a newline, without which HAProxy refuses it", async () => {
    expect((await configOf()).endsWith("\n")).toBe(true);
  });
});

describe("the proxy", () => {
  it.each([
    [{}, "http://localhost"],
    [{ httpPort: 8080 }, "http://localhost:8080"],
    [{ domains: ["a.com", "b.com"], tls: tlsOf("files") }, "https://a.com"],
    [{ domains: ["a.com"], tls: tlsOf("self-signed"), httpsPort: 8444 }, "https://a.com:8444"],
  ])("with %j is reached at %s", async (settings, url) => {
    expect((await runWith(settings)).stackOutputs["url"]).toBe(url);
  });

  it.each([
    ["off", ["127.0.0.1:80>8080", "127.0.0.1:1982>1982"]],
    ["files", ["127.0.0.1:80>8080", "127.0.0.1:443>8443", "127.0.0.1:1982>1982"]],
  ])("with TLS %s publishes %j", async (mode, published) => {
    const tcp = [{ port: 1982, target: 1999 }];
    const run = await runWith({ bind: "127.0.0.1", tls: tlsOf(mode), tcp });
    const ports = run.inputs("shop-test-proxy")["ports"] as Record<string, string | number>[];
    const texts = ports.map((each) => `${each["ip"]}:${each["external"]}>${each["internal"]}`);
    expect(texts).toEqual(published);
  });
});
