import * as pulumi from "@pulumi/pulumi";
import { spaced } from "#workload/spaced";
import type { Platform } from "#workload/platform";
import {
  servicesEnvironment,
  siteEnvironment,
  smokeEnvironment,
  type Release,
} from "#workload/release";
import { proxyEnvironment, releaseStep } from "#workload/step";
import { proxyType, type Proxy } from "../proxy.js";
import { orderedCertificates, prepareArgs } from "./haproxy/certificate-files.js";
import { Certificates, type CertificatesArgs } from "./certificates.js";
import { givenStep, type GivenCertificates } from "./given.js";
import { haproxyConfig } from "./haproxy/config.js";
import { proxyPorts } from "./haproxy/ports.js";
import type { PageRoute } from "./haproxy/page.js";
import type { RoutedService } from "./haproxy/routes.js";
import { passwordHash, type PasswordHash } from "./haproxy/private-paths.js";
import { publicUrl, type ProxySettings } from "./settings.js";

export interface RouteArgs {
  readonly settings: ProxySettings;
  readonly proxy: Proxy;
  /** The app's containers, healthy. */
  readonly apps: pulumi.Input<string[]>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Input<string>;
  /** Description of the services that are released with the app; undefined where there are none. */
  readonly services?: pulumi.Input<string> | undefined;
  /** Those of them that the proxy leads to. */
  readonly routed: readonly RoutedService[];
  readonly release: Release;
  /** Passwords of private paths, by the secret's name. */
  readonly passwords: Readonly<Record<string, pulumi.Input<string>>>;
  /** Certificates of the user's own, by name; none in other modes of TLS. */
  readonly given: GivenCertificates;
  /** HAProxy shows its metrics inside the stack's network. */
  readonly watched: boolean;
  /** The status page; undefined: there is none. */
  readonly page?: PageRoute | undefined;
  /** Certbot, where the settings say `acme`. */
  readonly acme?: Pick<CertificatesArgs, "image" | "secrets"> | undefined;
  /** Name of the edge network. */
  readonly network: pulumi.Input<string>;
}

/** The route of a proxy: the step that points it at the app without a restart or a closed connection. */
export class Route extends pulumi.ComponentResource {
  /** URL of the app; known once the proxy routes to it. */
  readonly url: pulumi.Output<string>;
  /** Certbot's container, known once there is a certificate; undefined where there is none of ACME. */
  readonly acmeContainerName: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: RouteArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Route", name, {}, opts);
    const { settings, proxy, release } = args;
    const several = pulumi.output(args.apps).apply((apps) => apps.length > 1);
    const stdin = pulumi
      .all([several, hashesOf(args.passwords, platform)])
      .apply(([known, passwords]) =>
        haproxyConfig({
          settings,
          site: release.site,
          several: known,
          watched: args.watched,
          slowAfter: release.watch?.latency?.seconds,
          services: args.routed,
          page: args.page,
          passwords,
        }),
      );
    const environment = {
      ...switchEnvironment(switchOf(args), release, platform),
      ...servicesEnvironment(args.services),
      // Another container of the same configuration starts without it.
      PROXY_ID: proxy.running.containerId,
    };
    // No triggers: a changed environment is an update in place, while a trigger would be a replacement.
    const switched = releaseStep(name, "switch", { stdin, environment }, platform, {
      ...this.child(proxy),
      dependsOn: this.given(name, args, platform),
    });
    this.url = switched.id.apply(() => publicUrl(settings));
    this.acmeContainerName = this.certificates(args, platform, switched);
    this.registerOutputs({ url: this.url });
  }

  /** Up to version 0.1 its parts were the proxy's, which had no parent. */
  private child({ name }: Proxy): pulumi.CustomResourceOptions {
    return { parent: this, aliases: [{ parent: pulumi.createUrn(name, proxyType) }] };
  }

  /** Before a configuration names them. */
  private given(name: string, { proxy, given }: RouteArgs, platform: Platform) {
    if (Object.keys(given).length === 0) return [];
    return [givenStep(`${name}-certificates`, { proxy, given }, platform, this.child(proxy))];
  }

  private certificates(args: RouteArgs, platform: Platform, switched: pulumi.Resource) {
    const { settings, acme, network, proxy } = args;
    const volume = proxy.certificatesVolume;
    if (volume === undefined || acme === undefined || settings.tls.acme === undefined) {
      return undefined;
    }
    const certificates = orderedCertificates(settings);
    // Where all are the user's own, there is nobody to ask.
    if (certificates.length === 0) return undefined;
    const of = { ...acme, settings: settings.tls.acme, certificates, volume, network };
    const opts = { ...this.child(proxy), dependsOn: switched };
    return new Certificates(`${proxy.name}-acme`, of, platform, opts).containerName;
  }
}

/** Not even a hash of a password is shown, and where there is none, nothing is hidden. */
function hashesOf(
  passwords: RouteArgs["passwords"],
  platform: Platform,
): pulumi.Output<Record<string, PasswordHash>> {
  const own = Object.keys(passwords).length === 0 ? "" : platform.hashKey;
  return pulumi.all([pulumi.all(passwords), own]).apply(([known, key]) => {
    const entries = Object.entries(known);
    return Object.fromEntries(entries.map(([name, text]) => [name, passwordHash(text, key)]));
  });
}

function switchOf({ settings, proxy, apps, record }: RouteArgs): SwitchArgs {
  return {
    proxy: proxy.containerName,
    apps,
    record,
    port: settings.tls.mode === "off" ? proxyPorts.http : proxyPorts.https,
    publicUrl: publicUrl(settings),
    prepare: prepareArgs(settings),
  };
}

/** A proxy that is to lead to new containers. */
interface SwitchArgs {
  readonly proxy: pulumi.Input<string>;
  readonly apps: pulumi.Input<string[]>;
  /** Text that is another one whenever the record of a release is begun. */
  readonly record: pulumi.Input<string>;
  /** Port inside the proxy's container at which the public URL is served. */
  readonly port: number;
  readonly publicUrl: string;
  /** The command that creates HAProxy's initial certificate: a script of the proxy's image and its arguments. */
  readonly prepare: readonly string[];
}

/** Parameters of the step that switches, looks at what it has done, rolls back if it is bad, and drains. */
function switchEnvironment(
  route: SwitchArgs,
  release: Release,
  platform: Platform,
): Readonly<Record<string, pulumi.Input<string>>> {
  const { watch } = release;
  return {
    ...proxyEnvironment(platform),
    ...siteEnvironment(release.site),
    PROXY: route.proxy,
    CONTAINERS: spaced(route.apps),
    PUBLIC_URL: route.publicUrl,
    THROUGH: pulumi.interpolate`${route.proxy}:${route.port}`,
    TLS_PREPARE: route.prepare.join(" "),
    DRAIN: String(release.drainSeconds),
    KEEP_IMAGES: String(release.keepImages),
    // Whenever a record is begun this step ends it, whatever else may be the same.
    RELEASE: route.record,
    ...smokeEnvironment(release),
    ...(watch === undefined ? {} : { WATCH: JSON.stringify(watch) }),
  };
}
