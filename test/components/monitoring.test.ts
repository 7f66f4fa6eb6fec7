import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { deepMerge, type Mapping } from "#lib/merge";
import { SettingsError } from "#lib/settings";
import { runSettings, shared } from "../support/program.js";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0", metrics: { tokenSecret: "TOKEN" } },
  backup: { enabled: false },
  redis: { queue: { for: "queue" } },
  secrets: {
    MAYBE: { optional: true },
    TOKEN: { generate: { length: 32 } },
    PUSH: { generate: { length: 32 } },
    BEAT: { generate: { length: 32 } },
  },
  proxy: { domains: ["localhost"], tls: { mode: "off" } },
};
const on = {
  monitoring: {
    enabled: true,
    alerts: { ntfy: { urlSecret: "PUSH" }, heartbeatSecret: "BEAT" },
  },
};
const settings = (...more: object[]) =>
  settingsFrom(more.reduce<Mapping>((all, each) => deepMerge(all, each as Mapping), base));

describe("monitoring", () => {
  const run = shared(() => runSettings(settings(on)));
  const name = "shop-test-monitoring";

  it("is not there unless the settings say so", async () => {
    const names = (await runSettings(settings())).names;
    expect(names.filter((each) => each.includes("monitoring"))).toEqual([]);
  });

  it("publishes nothing, reads the host's control groups alone, and is on both networks", async () => {
    const inputs = (await run()).inputs(name);
    expect(inputs["ports"]).toBeUndefined();
    expect(inputs["networksAdvanced"]).toEqual([
      { name: "shop-test-edge-1234567" },
      { name: "shop-test-data-1234567" },
    ]);
    expect(inputs["volumes"]).toEqual([
      { volumeName: "shop-test-monitoring-data", containerPath: "/data", readOnly: false },
      expect.objectContaining({ containerPath: "/run/secrets", readOnly: true }),
      { hostPath: "/sys/fs/cgroup", containerPath: "/host/cgroup", readOnly: true },
    ]);
    expect(inputs).toMatchObject({
      user: "10004:10004",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      memory: 256,
      memorySwap: 256,
    });
  });

  it("gets what it watches, and no secret, by its environment", async () => {
    expect((await run()).inputs(name)["envs"]).toEqual([
      "RETENTION=15d",
      "STORAGE=512",
      "MEMORY=256",
      "KEELSON_STACK=shop-test",
      "POSTGRES=postgres:5432/shop_local?sslmode=disable",
      "POSTGRES_USER=shop_local_monitor",
      "REDIS=1",
      "APP_PORT=3000",
    ]);
  });

  it("keeps its series unless the settings say otherwise", async () => {
    const volume = `${name}-data`;
    expect((await run()).get(volume).options.retainOnDelete).toBe(true);
    const given = settings(on, { monitoring: { keepData: false } });
    expect((await runSettings(given)).get(volume).options.retainOnDelete).toBe(false);
  });

  it("is seen to start before the one that runs is replaced", async () => {
    expect((await run()).before(name)).toContain(`${name}-trial`);
  });
});

describe("settings of monitoring", () => {
  const refused = (monitoring: object, more: object = {}) => {
    try {
      settings({ monitoring: { enabled: true, ...monitoring } }, more);
    } catch (error) {
      if (error instanceof SettingsError) return error.message;
      throw error;
    }
    return undefined;
  };
  const smtp = { host: "mail.example.com", from: "a@example.com", to: ["b@example.com"] };

  it.each([
    [{ memory: "64MiB" }, 'monitoring.memory: "64MiB" is below 192MiB; set 192MiB or more'],
    [{ storage: "1MiB" }, 'monitoring.storage: "1MiB" is below 128MiB; set 128MiB or more'],
    [{ retention: "15" }, 'monitoring.retention: "15" is not a duration'],
    [{ slo: { latency: { p99: "0.5s" } } }, 'monitoring.slo.latency.p99: "0.5s" is not a latency'],
    [{ slo: { availability: 100 } }, "monitoring.slo.availability"],
    [{ alerts: { smtp: { ...smtp, to: [] } } }, "monitoring.alerts.smtp.to"],
    [
      { alerts: { smtp: { ...smtp, to: ["b@example.com\nBcc: c@example.com"] } } },
      'monitoring.alerts.smtp.to[0]: "b@example.com\\nBcc: c@example.com" is not an e-mail address',
    ],
    [
      { alerts: { smtp: { ...smtp, host: "mail.example.com:25" } } },
      `monitoring.alerts.smtp.host: "mail.example.com:25" is not a host; write the mail server's name or address alone`,
    ],
    [
      { alerts: { smtp: { ...smtp, username: "a" } } },
      "monitoring.alerts.smtp.username: is set without passwordSecret; set both, or neither",
    ],
    [
      { alerts: { smtp: { ...smtp, username: "a", passwordSecret: "PUSH", tls: false } } },
      "monitoring.alerts.smtp.tls: is false, and username is set; set it to true; the mail client refuses to send a password in clear",
    ],
    [
      { alerts: { webhook: { urlSecret: "NONE" } } },
      'monitoring.alerts.webhook.urlSecret: "NONE" is not in secrets; add secrets.NONE, or correct it',
    ],
    [{ alerts: { webhook: { url: "https://x" } } }, "monitoring.alerts.webhook"],
    [
      { alerts: { webhook: { urlSecret: "MAYBE" } } },
      'monitoring.alerts.webhook.urlSecret: "MAYBE" is optional, and without it nothing would be delivered; remove secrets.MAYBE.optional',
    ],
    [{ deadLetters: { metric: "a-b" } }, '"a-b" is not the name of a metric'],
    [{ thresholds: { memory: 0 } }, "monitoring.thresholds.memory"],
    [{ publicUrl: "www.example.com" }, 'monitoring.publicUrl: "www.example.com" is not a URL'],
  ])("%j are refused", (monitoring, message) => {
    expect(refused(monitoring)).toContain(message);
  });

  it("leave the port of the proxy's metrics to it", () => {
    const tcp = { proxy: { tcp: [{ port: 8404, target: 1982 }] } };
    expect(refused({}, tcp)).toBe(
      "proxy.tcp[0].port: is where the proxy shows its metrics; choose another port than 8404",
    );
  });
});
