import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { deepMerge, type Mapping } from "#lib/merge";
import { SettingsError } from "#lib/settings";
import { runSettings, shared } from "../support/program.js";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0" },
  backup: { enabled: false },
  secrets: { MAYBE: { optional: true }, TOKEN: { generate: { length: 32 } } },
  proxy: { domains: ["localhost"], tls: { mode: "off" } },
};
const settings = (...more: object[]) =>
  settingsFrom(more.reduce<Mapping>((all, each) => deepMerge(all, each as Mapping), base));
const url = "https://logs.example.com/in";
const on = { logs: { enabled: true, keep: "2d", size: "2GiB" } };
const shipping = { logs: { ship: { http: { url, tokenSecret: "TOKEN" } } } };

describe("logs", () => {
  const run = shared(() => runSettings(settings(on, shipping)));
  const name = "shop-test-logs";

  it("are not kept unless the settings say so, and not shipped either", async () => {
    const names = (await runSettings(settings())).names;
    expect(names.filter((each) => each.includes("-logs"))).toEqual([]);
    const kept = (await runSettings(settings(on))).names;
    expect(kept.filter((each) => each.includes("-logs-ship"))).toEqual([]);
  });

  it("are collected without a network, a capability or a socket of Docker", async () => {
    const inputs = (await run()).inputs(name);
    expect(inputs).toMatchObject({
      networkMode: "none",
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      readOnly: true,
      user: "0:0",
      memory: 64,
      entrypoints: ["/usr/local/bin/logs"],
      command: ["collect"],
      envs: [
        "KEELSON_STACK=shop-test",
        "PROJECT=shop",
        "STACK=test",
        "KEEP_SECONDS=172800",
        "KEEP_BYTES=2147483648",
        "GOMEMLIMIT=51MiB",
      ],
    });
    expect(inputs["ports"]).toBeUndefined();
    expect(inputs["volumes"]).toEqual([
      { volumeName: name, containerPath: "/logs", readOnly: false },
      {
        hostPath: "/var/lib/docker/containers",
        containerPath: "/containers",
        readOnly: true,
      },
    ]);
  });

  it("are shipped by a container that sees nothing but them", async () => {
    const inputs = (await run()).inputs(`${name}-ship`);
    expect(inputs).toMatchObject({
      user: "10005:10005",
      capabilities: { drops: ["ALL"] },
      networksAdvanced: [{ name: "shop-test-edge-1234567" }],
      memory: 128,
    });
    expect(inputs["volumes"]).toEqual([
      { volumeName: name, containerPath: "/logs", readOnly: true },
      { volumeName: "shop-test-log-positions", containerPath: "/state", readOnly: false },
      expect.objectContaining({ containerPath: "/run/secrets", readOnly: true }),
    ]);
    expect((await run()).before(`${name}-ship`)).toContain(`${name}-ship-trial`);
  });

  it("stay on the host unless the settings say otherwise", async () => {
    expect((await run()).get(`${name}-kept`).options.retainOnDelete).toBe(true);
    const given = settings(on, { logs: { keepData: false } });
    expect((await runSettings(given)).get(`${name}-kept`).options.retainOnDelete).toBe(false);
  });
});

describe("settings of logs", () => {
  const refused = (logs: object) => {
    try {
      settings({ logs });
    } catch (error) {
      if (error instanceof SettingsError) return error.message;
      throw error;
    }
    return undefined;
  };
  const of = (ship: object) => ({ enabled: true, ship });

  it.each([
    [{ keep: "2y" }, 'logs.keep: "2y" is not a duration'],
    [{ size: "8MiB" }, 'logs.size: "8MiB" is below 64MiB; set 64MiB or more'],
    [{ folder: "docker" }, 'logs.folder: "docker" is not an absolute path'],
    [
      { ship: { http: { url } } },
      "logs.ship: is set, and logs.enabled is false; set that to true, or remove it",
    ],
    [
      of({ http: { url }, syslog: { host: "logs.example.com" } }),
      "logs.ship.http: is set together with logs.ship.syslog; keep one of them",
    ],
    [
      of({ http: { url: "logs.example.com" } }),
      'logs.ship.http.url: "logs.example.com" is not a URL',
    ],
    [
      of({ http: { url, header: "X: y\r\nZ" } }),
      'logs.ship.http.header: "X: y\\r\\nZ" is not the name of a header',
    ],
    [
      of({ syslog: { host: "logs.example.com:6514" } }),
      "is not a host; write the receiver's name or address alone",
    ],
    [
      of({ syslog: { host: "a.example.com", tls: false, caSecret: "TOKEN" } }),
      "logs.ship.syslog.caSecret: is set, and tls is false; remove it, or set tls to true",
    ],
    [
      of({ http: { url: "http://10.0.0.2/", caSecret: "TOKEN" } }),
      "logs.ship.http.caSecret: is set, and the URL has no TLS; write https://, or remove it",
    ],
    [
      of({ http: { url, tokenSecret: "MAYBE" } }),
      'logs.ship.http.tokenSecret: "MAYBE" is optional, and without it nothing would be shipped; remove secrets.MAYBE.optional',
    ],
    [of({ http: { url, tokenSecret: "NONE" } }), '"NONE" is not in secrets; add secrets.NONE'],
  ])("%j are refused", (logs, message) => {
    expect(refused(logs)).toContain(message);
  });
});
