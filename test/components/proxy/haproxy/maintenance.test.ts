import { describe, expect, it } from "vitest";
import { maintenanceSettings } from "#components/proxy/haproxy/maintenance";
import { parseSettings } from "#lib/settings";
import { proxyConfig, sectionLines } from "../../../support/proxy.js";

const frontend = "frontend http";

describe("maintenanceSettings", () => {
  it("let nobody pass by default, and call clients back in five minutes", () => {
    expect(maintenanceSettings.parse({})).toEqual({ allow: [], retryAfter: "5m" });
  });

  it.each([
    [
      "a wrong address",
      { allow: ["10.0.0.300"] },
      /^m\.allow\[0\]: .* is not an address or a range/,
    ],
    ["a time too long", { retryAfter: "31d" }, /^m\.retryAfter: .* is above 30d; \S/],
    ["a page too long", { page: "x".repeat(8001) }, /^m\.page: .* is more than 8000; \S/],
  ])("refuse %s", (_what, settings, message) => {
    expect(() => parseSettings(maintenanceSettings, settings, "m")).toThrow(message);
  });
});

describe("maintenance", () => {
  it("comes right after the known hosts, before all that an address could be counted by", () => {
    const lines = sectionLines(
      proxyConfig({ rateLimits: [{ path: "/", requests: 1 }] }),
      frontend,
      "http-request",
    );
    const statuses = lines.flatMap((line) => /return status (\d+)/.exec(line)?.[1] ?? []);
    expect(statuses).toEqual(["421", "405", "503", "503", "429", "413"]);
  });

  it("lets pass whom the settings name, whom the command names, and what always gets an answer", () => {
    const config = proxyConfig({ maintenance: { allow: ["10.1.2.3", "2001:db8::/32"] } });
    expect(sectionLines(config, frontend, "acl passes-maintenance")).toEqual([
      "acl passes-maintenance src 10.1.2.3",
      "acl passes-maintenance src 2001:db8::/32",
      "acl passes-maintenance src -f /config/maintenance/allow.acl",
      "acl passes-maintenance src,map_ip(/config/maintenance/inside.map) -m str yes",
      "acl passes-maintenance path_beg /.well-known/acme-challenge/",
    ]);
  });

  it("sends browsers a page, everybody else a sentence; none of it is kept", () => {
    const config = proxyConfig({ maintenance: { page: '<p class="x">\\o/\n' } });
    const [page, plain] = sectionLines(config, frontend, "http-request return status 503");
    const rest = "hdr Retry-After %[var(txn.maintenance)] hdr Cache-Control no-store string";
    const when = "if { var(txn.maintenance) -m found } !passes-maintenance";
    expect(page).toBe(
      `http-request return status 503 content-type "text/html; charset=utf-8" ${rest} "<p class=\\"x\\">\\\\o/\\n" ${when} { req.hdr(accept) -m sub -i text/html }`,
    );
    expect(plain).toBe(
      `http-request return status 503 content-type "text/plain; charset=utf-8" ${rest} "Down for maintenance, please try again later.\\n" ${when}`,
    );
  });

  it("refuses new raw TCP connections of the same", () => {
    const config = proxyConfig({
      tcp: [{ port: 1982, target: 1982 }],
      maintenance: { allow: ["10.1.2.3"] },
    });
    const lines = sectionLines(config, "listen tcp-1982", "tcp-request connection", "acl");
    expect(lines[0]).toBe("acl passes-maintenance src 10.1.2.3");
    expect(lines.at(-1)).toBe(
      "tcp-request connection reject if { str(on),map(/config/maintenance/state.map) -m found } !passes-maintenance",
    );
  });
});
