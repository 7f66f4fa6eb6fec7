import { describe, expect, it } from "vitest";
import { haproxyConfig } from "#components/proxy/haproxy/config";
import { proxySettings } from "#components/proxy/settings";
import { sectionLines } from "../../../support/proxy.js";

const site = { host: "localhost", scheme: "http", port: 3000, readyPath: "/ready" } as const;
const services = [
  { name: "web", port: 80, several: false, asked: false, routes: [{ path: "/status/x" }] },
].map((each) => ({
  ...each,
  routes: each.routes.map((route) => ({ ...route, stripPrefix: false })),
}));
const config = (more: object = {}) =>
  haproxyConfig({
    settings: proxySettings.parse({}),
    site,
    several: false,
    services,
    page: { path: "/status" },
    ...more,
  });
const frontend = (text: string) => sectionLines(text, "frontend http", "");

describe("the status page's route", () => {
  it("is that of its path alone, and wins over those of services", () => {
    const lines = frontend(config());
    expect(lines.filter((line) => line.includes("txn.route"))).toEqual([
      "http-request set-var(txn.route) str(1) if { path,concat(/) -m beg /status/x/ }",
      "http-request set-var(txn.route) str(page) if { path /status /status/ }",
      "use_backend status-page if { var(txn.route) -m str page }",
      "use_backend service-web if { var(txn.route) -m str 1 }",
    ]);
  });

  it("is open in maintenance, which the container learns of, and nobody else tells it", () => {
    const lines = frontend(config());
    const open = lines.indexOf("acl passes-maintenance path /status /status/");
    const closed = lines.findIndex((line) => line.includes("return status 503"));
    expect([open >= 0, open < closed]).toEqual([true, true]);
    expect(
      sectionLines(config(), "backend status-page", "http-request", "retries", "server"),
    ).toEqual([
      "http-request del-header Cookie",
      "http-request del-header X-Keelson-Maintenance",
      "http-request set-header X-Keelson-Maintenance on if { var(txn.maintenance) -m found }",
      "retries 0",
      "server page status-page:8080 maxconn 20 resolvers docker resolve-prefer ipv4 init-addr none",
    ]);
  });

  it("leaves no trace where there is none", () => {
    expect(config({ page: undefined })).not.toMatch(/status-page|X-Keelson/);
  });
});
