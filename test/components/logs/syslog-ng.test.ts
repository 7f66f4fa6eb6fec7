import { describe, expect, it } from "vitest";
import { logsSettings } from "#components/logs/settings";
import { shipperConfig } from "#components/logs/syslog-ng";

const config = (ship: object, token?: string) =>
  shipperConfig(logsSettings.parse({ ship }).ship, "shop-prod", token);

describe("the shipper's configuration", () => {
  const url = "https://logs.example.com/in?a=$1";

  it("reads no more than can be sent, and knows no line as sent that was not taken", () => {
    for (const ship of [{ http: { url } }, { syslog: { host: "logs.example.com" } }]) {
      expect(config(ship)).toMatch(
        /^log \{ .*destination\(receiver\); flags\(flow-control\); \};$/m,
      );
      // A fifo that is shorter than what may be under way would drop lines.
      expect(config(ship)).toContain("log-iw-size(100000)");
      expect(config(ship)).toContain("log-fifo-size(101000)");
    }
  });

  it("goes on trying whatever an HTTP receiver answers, unless the lines themselves are wrong", () => {
    const text = config({ http: { url } });
    for (const code of [401, 403, 404, 408, 429, 500, 503])
      expect(text).toContain(`${String(code)} => disconnect`);
    expect(text).toContain("400 => drop, 413 => drop");
  });

  it("takes a token as it is, and a URL", () => {
    const token = 'a"b\\c$d`e';
    const text = config({ http: { url, header: "DD-API-KEY", tokenSecret: "KEY" } }, token);
    expect(text).toContain('url("https://logs.example.com/in?a=$$1")');
    expect(text).toContain('"DD-API-KEY: a\\"b\\\\c$d``e"');
    expect(config({ http: { url, tokenSecret: "KEY" } }, "t")).toContain(
      '"Authorization: Bearer t"',
    );
    expect(config({ http: { url } })).not.toContain("Authorization");
  });

  it("checks the receiver's certificate, by an authority of its own where one is named", () => {
    const system = 'ca-file("/etc/ssl/certs/ca-certificates.crt")';
    expect(config({ http: { url } })).toContain(`tls(${system} peer-verify(yes))`);
    expect(config({ syslog: { host: "a.example.com", caSecret: "CA" } })).toContain(
      'tls(ca-file("/run/secrets/CA") peer-verify(required-trusted))',
    );
    expect(config({ syslog: { host: "a.example.com", tls: false } })).not.toContain("tls(");
    expect(config({ http: { url: "http://10.0.0.2/" } })).not.toContain("tls(");
  });

  it("writes each format as receivers take it", () => {
    expect(config({ http: { url } })).toContain(
      'body-prefix("[") body("${MESSAGE}") delimiter(",")',
    );
    expect(config({ http: { url, format: "lines" } })).toContain("application/x-ndjson");
    expect(config({ http: { url, format: "elasticsearch" } })).toContain(
      'body("{\\"create\\":{}}\\n${MESSAGE}")',
    );
  });

  it("is syslog of RFC 5424 by level", () => {
    const text = config({ syslog: { host: "a.example.com", tls: false, port: 514 } });
    expect(text).toContain('network("a.example.com" port(514) transport("tcp")');
    expect(text).toContain('set("11" value("priority") condition("${.line.level}" eq "error"));');
    expect(text).toContain(
      "<${priority}>1 ${.line.time} shop-prod ${.line.process} - - - ${MESSAGE}\\n",
    );
  });
});
