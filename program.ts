import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { App } from "#components/app";
import { Volumes } from "#components/backup/volumes";
import { plainEnvironment, sealedEnvironment } from "#components/app/environment";
import { imageBuilder } from "#components/images";
import type { PlatformImage } from "#components/images/recipes";
import { Network } from "#components/network";
import { Protection } from "#components/protection";
import { Proxy } from "#components/proxy";
import { releaseOf } from "#components/release-settings";
import { optionalSecret, Secrets } from "#components/secrets";
import type { SecretSource } from "#components/secrets/settings";
import { namesOf, prefixOf, protectingSettings, type Settings } from "./config.js";
import type { SealedSource, SealedText } from "#lib/sealed";
import { dataTier, type Shared } from "#program/data";
import { stackLabels, type Platform } from "#workload/platform";
import type { Site } from "#workload/release";

/** Where a program runs. */
export interface ProgramContext {
  readonly stack: string;
  /** Folder of the project: build contexts are found from it. */
  readonly root: string;
  readonly secrets: SecretSource;
  /** What the configuration seals. */
  readonly sealed: SealedSource;
  /** What the app is told of its release where the settings don't say. */
  readonly release: { readonly version: string; readonly gitSha: string };
  /** The app's settings are those of an earlier release. */
  readonly goesBack?: boolean;
}

/** The wiring: components in order, outputs of one into the next. Returns the stack's outputs. */
export function program(settings: Settings, context: ProgramContext) {
  const name = prefixOf(settings, context.stack);
  const opts = hostOptions(name, settings);
  const base = basePlatform(name, settings, context);
  const secrets = new Secrets(
    `${name}-secrets`,
    { settings: settings.secrets, source: context.secrets, sealed: context.sealed },
    opts,
  );
  const image = imageBuilder(name, imagesArgs(settings, context), base, opts);
  const platform: Platform = { ...base, toolsImage: image("jobs"), hashKey: secrets.hashKey };
  const network = new Network(name, platform, opts);
  const shared = { platform, network, image, opts, secrets };
  const data = dataTier(name, settings, shared);
  const deployed = deployedOf(settings, context);
  const release = releaseOf(settings.release, deployed, siteOf(settings));
  const proxy = new Proxy(
    `${name}-proxy`,
    {
      settings: settings.proxy,
      image: image("proxy"),
      ...certificates(settings, secrets, image),
      network: network.edge,
    },
    platform,
    opts,
  );
  const app = new App(
    `${name}-app`,
    {
      settings: settings.app,
      image: image("app"),
      built: settings.app.image === undefined,
      environment: plainEnvironment(settings.app, settings.environment, deployed),
      ...appSecrets(settings, secrets, data),
      migration: { ...data.migration, version: deployed.version },
      networks: data.external ? { edge: network.edge } : network,
      ...{ release, deployed },
      migrates: context.goesBack !== true,
      recordedBy: proxy.running,
    },
    platform,
    { ...opts, dependsOn: data.ready },
  );
  const volumes = volumesOf(name, settings, app, data, shared);
  const { url, acmeContainerName } = proxy.leadTo({
    apps: app.containerNames,
    record: app.record,
    release,
  });
  const parts = [secrets, network, ...data.parts, proxy, app, volumes];
  protect(name, settings, context.stack, parts, opts);
  return {
    url,
    version: deployed.version,
    image: image("app"),
    containers: {
      ...containersOf(app, proxy, acmeContainerName),
      ...data.containers,
      ...(volumes === undefined ? {} : { volumes: volumes.containerName }),
    },
    database: data.name,
    ...data.backups,
    dataNetwork: network.data,
    toolsImage: platform.toolsImage,
    migratorUrl: data.urls.migrator,
  };
}

function containersOf(app: App, proxy: Proxy, acme: pulumi.Output<string> | undefined) {
  return {
    app: app.containerNames.apply(([first]) => first),
    apps: app.containerNames,
    proxy: proxy.containerName,
    ...(acme === undefined ? {} : { acme }),
  };
}

/** @param everything all components of the stack; images come before what is made of them */
function protect(
  name: string,
  settings: Settings,
  stack: string,
  everything: readonly (pulumi.Resource | undefined)[],
  opts: pulumi.ComponentResourceOptions,
): void {
  const args = {
    stack,
    by: protectingSettings(settings),
    everything: everything.filter((each) => each !== undefined),
  };
  new Protection(`${name}-protection`, args, opts);
}

/** Backups of the app's volumes that are marked; there is a passphrase wherever there are backups. */
function volumesOf(
  name: string,
  settings: Settings,
  app: App,
  { passphrase, volumesStatus }: ReturnType<typeof dataTier>,
  { platform, image, opts, secrets }: Omit<Shared, "network">,
): Volumes | undefined {
  if (passphrase === undefined || volumesStatus === undefined) return undefined;
  const args = {
    settings: settings.backup,
    image: image("backup"),
    user: settings.app.user,
    volumes: app.backedUp,
    ...{ passphrase, status: volumesStatus },
    secrets: secrets.values,
    heartbeatUrl: optionalSecret(secrets, settings.backup.heartbeatSecret),
  };
  return new Volumes(`${name}-volumes`, args, platform, opts);
}

/** How the public asks for the app. */
function siteOf({ app: { port, health }, proxy: { domains, tls } }: Settings): Site {
  const readyPath = health.readyPath ?? health.path;
  return {
    host: String(domains[0]),
    scheme: tls.mode === "off" ? "http" : "https",
    port,
    readyPath,
    livePath: health.path === readyPath ? undefined : health.path,
  };
}

function deployedOf({ app }: Settings, { release }: ProgramContext) {
  return { version: app.version ?? release.version, gitSha: app.gitSha ?? release.gitSha };
}

/** What the proxy's TLS needs of others. */
function certificates(
  { proxy: { tls } }: Settings,
  secrets: Secrets,
  image: (which: PlatformImage) => pulumi.Input<string>,
) {
  const { acme } = tls;
  const files = {
    HEARTBEAT_URL: optionalSecret(secrets, acme?.heartbeatSecret),
    EAB_KEY_ID: optionalSecret(secrets, acme?.externalAccount?.keyIdSecret),
    EAB_HMAC_KEY: optionalSecret(secrets, acme?.externalAccount?.hmacKeySecret),
  };
  return {
    certificate: optionalSecret(secrets, tls.certificateSecret),
    acme: tls.mode === "acme" ? { image: image("acme"), secrets: files } : undefined,
  };
}

function appSecrets(
  settings: Settings,
  secrets: Secrets,
  data: { readonly urls: Record<"app" | "migrator", pulumi.Output<string>> },
) {
  const chosen = settings.app.secrets.flatMap((name) => {
    const value = secrets.values[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const sealed = sealedEnvironment(settings.app).map(
    ([name, text]) => [name, secrets.open(text)] as const,
  );
  const variable = settings.app.variables.databaseUrl;
  const withUrl = (url: pulumi.Output<string>) => ({
    ...Object.fromEntries([...chosen, ...sealed]),
    ...(variable === null ? {} : { [variable]: url }),
  });
  return {
    open: (text: SealedText) => secrets.open(text),
    secrets: withUrl(data.urls.app),
    migrationSecrets: withUrl(data.urls.migrator),
  };
}

function basePlatform(name: string, settings: Settings, context: ProgramContext) {
  const names = namesOf(settings, context.stack);
  return {
    name,
    labels: stackLabels(names.app, names.stack),
    dockerEnvironment:
      settings.docker.host === undefined ? {} : { DOCKER_HOST: settings.docker.host },
  };
}

/** The app's image is tagged with its name on the host: another tag would be another release. */
function imagesArgs(settings: Settings, { stack, root }: ProgramContext) {
  return { ...settings, root, app: { ...settings.app, name: namesOf(settings, stack).app } };
}

/** Every resource goes to the Docker host of the settings. */
function hostOptions(name: string, settings: Settings): pulumi.ComponentResourceOptions {
  if (settings.docker.host === undefined) return {};
  return { providers: [new docker.Provider(`${name}-host`, { host: settings.docker.host })] };
}
