import * as pulumi from "@pulumi/pulumi";
import { uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import type { Release } from "#workload/release";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { releaseStep } from "#workload/step";
import { OwnedVolume } from "#workload/volume";
import { Certificates, type CertificatesArgs } from "./proxy/certificates.js";
import { haproxyConfig, proxyPorts } from "./proxy/haproxy/config.js";
import { routeEnvironment } from "./proxy/release.js";
import type { ProxySettings } from "./proxy/settings.js";
import { acmeAliases, acmeFolder, certificateFiles } from "./proxy/haproxy/tls.js";

export interface ProxyArgs {
  readonly settings: ProxySettings;
  readonly image: pulumi.Input<string>;
  /** Certificate, chain and key in PEM, where the settings say `files`; secret. */
  readonly certificate?: pulumi.Input<string> | undefined;
  /** Where the settings say `acme`. */
  readonly acme?:
    | {
        readonly image: pulumi.Input<string>;
        readonly secrets: CertificatesArgs["secrets"];
      }
    | undefined;
  /** Name of the edge network. */
  readonly network: pulumi.Input<string>;
}

/** Where a proxy is to lead to. */
export interface RouteTo {
  /** The app's containers, healthy. */
  readonly apps: pulumi.Input<string[]>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Input<string>;
  readonly release: Release;
}

/** What a proxy that leads somewhere is known by. */
export interface Led {
  /** Where the app is reached; known once the proxy routes to it. */
  readonly url: pulumi.Output<string>;
  /** Certbot's container, known once there is a certificate; undefined where there is none of ACME. */
  readonly acmeContainerName: pulumi.Output<string> | undefined;
}

/** HAProxy, and the step that points it at the app: without a restart, a reload or a closed connection. */
export class Proxy extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;
  /** What runs, whether it leads anywhere or not. */
  readonly running: Running;
  readonly #name: string;
  readonly #args: ProxyArgs;
  readonly #platform: Platform;
  readonly #acmeVolume: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: ProxyArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Proxy", name, {}, opts);
    const { settings } = args;
    this.#name = name;
    this.#args = args;
    this.#platform = platform;
    const owner = { uid: uids.proxy, gid: uids.proxy };
    const config = new OwnedVolume(
      `${name}-config`,
      { workload: "proxy", role: "proxy-config", ...owner, keep: false },
      platform,
      { parent: this },
    );
    const certificate =
      args.certificate === undefined
        ? undefined
        : new SecretFiles(
            `${name}-secrets`,
            { workload: "proxy", values: { TLS_CERTIFICATE: args.certificate }, ...owner },
            platform,
            { parent: this },
          );
    const acme = this.acmeVolume(name, settings, platform);
    this.running = new Running(
      name,
      {
        ...proxyWorkload(settings),
        trial: ["verify-start", ...(certificate === undefined ? [] : [certificateFiles.files])],
        image: args.image,
        ...(certificate === undefined ? {} : { secrets: certificate.volumeName }),
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
    this.#acmeVolume = acme;
    this.containerName = this.running.containerName;
    this.registerOutputs({ containerName: this.containerName });
  }

  /** One volume for both containers: certbot writes, the proxy reads the one file that its group may read. */
  private acmeVolume(name: string, { tls }: ProxySettings, platform: Platform) {
    if (tls.mode !== "acme" || tls.acme === undefined) return undefined;
    const volume = {
      ...{ workload: "acme", role: "certificates", uid: uids.acme, gid: uids.proxy },
      keep: tls.acme.keepData,
    };
    return new OwnedVolume(`${name}-certificates`, volume, platform, { parent: this }).volumeName;
  }

  private certificates(
    name: string,
    { settings, acme, network }: ProxyArgs,
    volume: pulumi.Output<string> | undefined,
    platform: Platform,
    routed: pulumi.Resource,
  ) {
    if (volume === undefined || acme === undefined || settings.tls.acme === undefined) {
      return undefined;
    }
    const args = {
      ...acme,
      settings: settings.tls.acme,
      domains: settings.domains,
      volume,
      network,
    };
    return new Certificates(`${name}-acme`, args, platform, { parent: this, dependsOn: routed })
      .containerName;
  }

  /**
   * The step that points it at the app.
   * No triggers: a changed environment is an update in place, while a trigger would be a replacement.
   */
  leadTo(to: RouteTo): Led {
    const [name, platform, args] = [this.#name, this.#platform, this.#args];
    const { settings } = args;
    const { release } = to;
    const several = pulumi.output(to.apps).apply((apps) => apps.length > 1);
    const config = several.apply((known) =>
      haproxyConfig({ settings, site: release.site, several: known }),
    );
    const secure = settings.tls.mode !== "off";
    const route = {
      proxy: this.containerName,
      apps: to.apps,
      record: to.record,
      port: secure ? proxyPorts.https : proxyPorts.http,
      publicUrl: publicUrl(settings),
      prepare: certificateWords(settings),
    };
    const routed = releaseStep(
      `${name}-route`,
      "switch",
      {
        stdin: config,
        environment: {
          ...routeEnvironment(route, release, platform),
          // Another container of the same configuration starts without it.
          PROXY_ID: this.running.containerId,
        },
      },
      platform,
      { parent: this },
    );
    return {
      url: routed.id.apply(() => publicUrl(settings)),
      acmeContainerName: this.certificates(name, args, this.#acmeVolume, platform, routed),
    };
  }
}

/** What makes the certificate that HAProxy starts on. */
function certificateWords({ tls, domains }: ProxySettings): string[] {
  const [domain = ""] = domains;
  const words = {
    off: [],
    files: [],
    "self-signed": ["self-signed", domain],
    acme: ["certificate", domain],
  };
  return words[tls.mode];
}

/** Where the app is reached from outside. */
export function publicUrl(settings: ProxySettings): string {
  const secure = settings.tls.mode !== "off";
  const [port, usual] = secure ? [settings.httpsPort, 443] : [settings.httpPort, 80];
  const suffix = port === usual ? "" : `:${String(port)}`;
  return `${secure ? "https" : "http"}://${String(settings.domains[0])}${suffix}`;
}

/** The part of the proxy's workload that follows from its settings alone. */
export function proxyWorkload(settings: ProxySettings) {
  const at = (internal: number, external: number) => ({ internal, external, ip: settings.bind });
  const secure = settings.tls.mode !== "off";
  const runtime = `rw,noexec,nosuid,nodev,size=16m,uid=${String(uids.proxy)},gid=${String(uids.proxy)}`;
  return {
    role: "proxy",
    user: `${String(uids.proxy)}:${String(uids.proxy)}`,
    tmpfs: { "/run/haproxy": runtime },
    ports: [
      at(proxyPorts.http, settings.httpPort),
      ...(secure ? [at(proxyPorts.https, settings.httpsPort)] : []),
      ...settings.tcp.map((each) => at(each.port, each.port)),
    ],
    memory: settings.memory,
    cpus: settings.cpus,
    pids: 100,
    health: {
      test: ["CMD", "/usr/local/bin/healthcheck"],
      ...{ interval: "2s", timeout: "5s", retries: 5, startPeriod: "10s", startTimeout: "60s" },
    },
    // HAProxy's own signal for: take no new connections, finish the ones there are.
    stopSignal: "SIGUSR1",
    stopTimeout: "35s",
  };
}
