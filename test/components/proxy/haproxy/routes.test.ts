import { describe, expect, it } from "vitest";
import type { RoutedService } from "#components/proxy/haproxy/routes";
import { proxyTemplate, sectionLines } from "../../../support/proxy.js";

const service = (name: string, more: Partial<RoutedService>): RoutedService => ({
  name,
  port: 3001,
  several: false,
  asked: false,
  routes: [],
  ...more,
});
const web = service("web", {
  asked: true,
  routes: [
    { host: "www.shop.com", stripPrefix: false },
    { path: "/app/", stripPrefix: true },
  ],
});
const blog = service("blog", {
  port: 3002,
  several: true,
  routes: [{ host: "shop.com", path: "/app/v1.0", stripPrefix: false }],
});
const domains = ["shop.com", "www.shop.com", "shop.de"];
const template = (settings: object = {}, services = [web, blog]) =>
  proxyTemplate({ domains, ...settings }, { services });
const frontend = (settings: object, ...starts: string[]) =>
  sectionLines(template(settings), "frontend http", ...starts);

describe("routes of services", () => {
  it("are none by default, and change nothing of the configuration", () => {
    expect(template({}, [])).toBe(proxyTemplate({ domains }));
    expect(template({}, [])).not.toContain("txn.route");
  });

  it("are set in the order of their paths' lengths, so that the longest has the last word", () => {
    expect(frontend({}, "http-request set-var(txn.route)", "use_backend", "default")).toEqual([
      "http-request set-var(txn.route) str(1) if { req.hdr(host),host_only -i www.shop.com }",
      "http-request set-var(txn.route) str(2) if { path,concat(/) -m beg /app/ }",
      "http-request set-var(txn.route) str(3) if { req.hdr(host),host_only -i shop.com } { path,concat(/) -m beg /app/v1.0/ }",
      "use_backend service-web if { var(txn.route) -m str 1 2 }",
      "use_backend service-blog if { var(txn.route) -m str 3 }",
      "default_backend app",
    ]);
  });

  it("have a section each, with checks, tries and servers of their own", () => {
    const starts = ["option", "http-check", "retries", "use-server", "#"];
    expect(sectionLines(template(), "backend service-web", ...starts)).toEqual([
      "option httpchk",
      'http-check send meth GET uri-lf "%[srv_name,map(/config/checks.map,/)]" ver HTTP/1.1 hdr Host www.shop.com hdr X-Forwarded-Proto http',
      "http-check expect ! rstatus ^5",
      "retries 3",
      "use-server %[var(txn.preferred)] if { var(txn.preferred) -m found }",
      "# servers of web at port 3001",
    ]);
    // Without a path to ask for it only has to take connections.
    expect(sectionLines(template(), "backend service-blog", ...starts)).toEqual([
      "retries 1",
      "use-server %[var(txn.preferred)] if { var(txn.preferred) -m found }",
      "# servers of blog at port 3002",
    ]);
  });

  it("cut a prefix off after the watch has counted the path, and say so to the service", () => {
    const rules = sectionLines(
      template(),
      "backend service-web",
      "http-request set",
      "http-request r",
    );
    expect(rules.slice(0, 3)).toEqual([
      "http-request set-var-fmt(txn.watched) %[src]|web:%[path,field(2,/)]",
      'http-request set-header X-Forwarded-Prefix "/app" if { var(txn.route) -m str 2 }',
      String.raw`http-request replace-path "^/app/*(.*)\$" "/\\1" if { var(txn.route) -m str 2 }`,
    ]);
    expect(sectionLines(template(), "backend service-blog", "http-request replace")).toEqual([]);
  });

  it("make a private path private below a prefix that is stripped, too", () => {
    const privatePaths = [{ path: "/metrics", deny: true }];
    expect(frontend({ privatePaths }, "acl private")).toEqual([
      "acl private-1 var(txn.path) -m beg -i /metrics/ /metrics. /app/metrics/ /app/metrics.",
    ]);
  });

  it("count towards what the proxy has memory for", () => {
    const tls = { mode: "self-signed" };
    const lines = frontend({ tls }, "http-request set-var(txn.elsewhere)", "http-request return");
    expect(lines.filter((line) => /elsewhere/.test(line))).toEqual([
      "http-request set-var(txn.elsewhere) be_conn(service-web)",
      "http-request set-var(txn.elsewhere) be_conn(service-blog),add(txn.elsewhere)",
      expect.stringMatching(
        /if \{ req\.ver 2\.0 \} \{ be_conn\(app\),add\(txn\.elsewhere\) ge \d+ \}$/,
      ),
    ]);
  });

  it("keep their hosts where other domains are sent to the first one", () => {
    const settings = { redirects: { canonical: true }, tls: { mode: "self-signed" } };
    expect(frontend(settings, "acl canonical", "http-request redirect")).toEqual([
      "acl canonical-domain req.hdr(host),host_only -i shop.com www.shop.com",
      "http-request redirect code 308 location https://%[req.hdr(host),host_only]%[pathq] if !https canonical-domain",
      "http-request redirect code 308 location https://shop.com%[pathq] if !https",
      "http-request redirect code 308 location https://shop.com%[pathq] if https !canonical-domain",
    ]);
  });
});
