import * as pulumi from "@pulumi/pulumi";
import { uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { OwnedVolume } from "#workload/volume";
import { bindAddresses, listeners } from "./proxy/haproxy/ports.js";
import type { ProxySettings } from "./proxy/settings.js";
import { acmeAliases, acmeFolder } from "./proxy/haproxy/tls.js";

export interface ProxyArgs {
  readonly settings: ProxySettings;
  readonly image: pulumi.Input<string>;
  /** Name of the edge network. */
  readonly network: pulumi.Input<string>;
}

/** Pulumi's type token of a proxy. */
export const proxyType = "keelson:components:Proxy";

/** HAProxy, which answers 503 until there is a route. */
export class Proxy extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;
  /** Its name in the program, and the first part of its parts' names. */
  readonly name: string;
  /** The running proxy, whether it leads anywhere or not. */
  readonly running: Running;
  /** Volume of the certificates that certbot gets; undefined where there are none of ACME. */
  readonly certificatesVolume: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: ProxyArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(proxyType, name, {}, opts);
    const { settings } = args;
    this.name = name;
    const owner = { uid: uids.proxy, gid: uids.proxy };
    const config = new OwnedVolume(
      `${name}-config`,
      { workload: "proxy", role: "proxy-config", ...owner, keep: false },
      platform,
      { parent: this },
    );
    const acme = this.acmeVolume(name, settings, platform);
    this.running = new Running(
      name,
      {
        ...proxyWorkload(settings),
        trial: ["verify-start"],
        image: args.image,
        volumes: [
          { name: config.volumeName, path: "/config" },
          ...(acme === undefined ? [] : [{ name: acme, path: acmeFolder, readOnly: true }]),
        ],
        networks: [
          { name: args.network, ...(acme === undefined ? {} : { aliases: [acmeAliases.proxy] }) },
        ],
      },
      platform,
      { parent: this },
    );
    this.certificatesVolume = acme;
    this.containerName = this.running.containerName;
    this.registerOutputs({ containerName: this.containerName });
  }

  /** One volume for both containers: certbot writes, the proxy reads the one file that its group may read. */
  private acmeVolume(name: string, { tls }: ProxySettings, platform: Platform) {
    if (tls.mode !== "acme" || tls.acme === undefined) return undefined;
    const volume = {
      workload: "acme",
      role: "certificates",
      uid: uids.acme,
      gid: uids.proxy,
      keep: tls.acme.keepData,
    };
    return new OwnedVolume(`${name}-certificates`, volume, platform, { parent: this }).volumeName;
  }
}

/** The part of the proxy's workload that follows from its settings alone. */
export function proxyWorkload(settings: ProxySettings) {
  const { http, https, tcp } = listeners(settings);
  const ports = [http, ...(https === undefined ? [] : [https]), ...tcp];
  const runtime = `rw,noexec,nosuid,nodev,size=16m,uid=${String(uids.proxy)},gid=${String(uids.proxy)}`;
  return {
    role: "proxy",
    user: `${String(uids.proxy)}:${String(uids.proxy)}`,
    tmpfs: { "/run/haproxy": runtime },
    ports: bindAddresses(settings).flatMap((ip, index) =>
      ports.flatMap(({ external, internal }) => {
        const port = internal[index];
        return port === undefined ? [] : [{ internal: port, external, ip }];
      }),
    ),
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 100,
    health: {
      test: ["CMD", "/usr/local/bin/healthcheck"],
      interval: "15s",
      timeout: "5s",
      retries: 3,
      startPeriod: "10s",
      startTimeout: "60s",
    },
    // HAProxy's own signal for: take no new connections, finish the ones there are.
    stopSignal: "SIGUSR1",
    stopTimeout: "35s",
  };
}
