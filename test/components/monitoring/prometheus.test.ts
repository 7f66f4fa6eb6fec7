import { describe, expect, it } from "vitest";
import { blackboxConfig, prometheusConfig, type Watched } from "#components/monitoring/prometheus";

const site = {
  host: "shop.example.com",
  scheme: "https",
  port: 3000,
  readyPath: "/ready",
} as const;
const watched: Watched = {
  stack: "shop-prod",
  site: { ...site, livePath: "/health" },
  proxy: { clients: "proxy-1:8443", metrics: "proxy-1:8404" },
  publicUrl: undefined,
  remoteWrite: undefined,
  postgres: true,
  redis: ["cache"],
  app: { path: "/metrics", port: 3000, tokenSecret: "TOKEN" },
  services: { worker: { path: "/figures", port: 9100, tokenSecret: "TOKEN" } },
  rules: ["a.yml"],
};
const jobs = (given: Watched) => prometheusConfig(given).scrape_configs;

describe("prometheusConfig", () => {
  it("asks for what there is, and for nothing else", () => {
    const names = (given: Watched) => jobs(given).map(({ job_name }) => job_name);
    expect(names({ ...watched, publicUrl: "https://shop.example.com/" })).toEqual([
      "monitoring",
      "node",
      "site",
      "ready",
      "public",
      "proxy",
      "latency",
      "postgres",
      "redis",
      "app",
      "service-worker",
    ]);
    const nothing = { postgres: false, redis: [], app: undefined, services: {} };
    expect(names({ ...watched, site, ...nothing })).toEqual([
      "monitoring",
      "node",
      "site",
      "proxy",
      "latency",
    ]);
  });

  it("asks for the site through the proxy, where it serves clients", () => {
    const targets = jobs(watched)
      .filter(({ job_name }) => ["site", "ready"].includes(job_name))
      .flatMap((each) => ("static_configs" in each ? each.static_configs[0]?.targets : []));
    expect(targets).toEqual(["https://proxy-1:8443/health", "https://proxy-1:8443/ready"]);
  });

  it("marks every series with the stack", () => {
    const [all] = [jobs(watched)];
    const unmarked = all.filter((each) =>
      "static_configs" in each ? each.static_configs[0]?.labels.stack !== "shop-prod" : false,
    );
    expect(unmarked).toEqual([]);
    expect(all.at(-2)).toMatchObject({
      job_name: "app",
      authorization: { credentials_file: "/run/secrets/APP_TOKEN" },
      relabel_configs: [{ target_label: "stack", replacement: "shop-prod" }],
    });
  });

  it("asks every container of a service, by the name that they have in common", () => {
    expect(jobs(watched).at(-1)).toMatchObject({
      job_name: "service-worker",
      metrics_path: "/figures",
      authorization: { credentials_file: "/run/secrets/SERVICE_worker_TOKEN" },
      dns_sd_configs: [{ names: ["worker-instances"], type: "A", port: 9100 }],
      relabel_configs: [
        { target_label: "stack", replacement: "shop-prod" },
        { target_label: "process", replacement: "worker" },
      ],
    });
  });
});

describe("blackboxConfig", () => {
  it("asks with the site's name, over TLS too, and takes the statuses that the app's health is judged by", () => {
    expect(blackboxConfig({ site: { ...site, statuses: [200, 204] } }).modules.site.http).toEqual({
      preferred_ip_protocol: "ip4",
      follow_redirects: false,
      headers: { "User-Agent": "keelson-monitoring", Host: "shop.example.com" },
      valid_status_codes: [200, 204],
      tls_config: { insecure_skip_verify: true, server_name: "shop.example.com" },
    });
    const plain = blackboxConfig({ site: { ...site, scheme: "http" } }).modules.site.http;
    expect(Object.keys(plain)).not.toContain("tls_config");
  });
});
