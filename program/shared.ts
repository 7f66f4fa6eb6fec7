import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { imageBuilder } from "#components/images";
import { Network } from "#components/network";
import { releaseOf } from "#components/release/inputs";
import type { Deployed } from "#components/release/smoke";
import { Secrets } from "#components/secrets";
import type { SecretSource } from "#components/secrets/settings";
import { namesOf, prefixOf, type Settings } from "#config";
import { buildOf, factsOf } from "#config/placeholders";
import { siteOf } from "#config/site";
import type { Facts } from "#lib/placeholders";
import type { SealedSource } from "#lib/sealed";
import { stackLabels, type Platform } from "#workload/platform";
import type { Release } from "#workload/release";
import type { FoundImage } from "./app-image.js";

/** The project and stack of a program. */
export interface ProgramContext {
  readonly stack: string;
  /** Folder of the project: build contexts are found from it. */
  readonly root: string;
  readonly secrets: SecretSource;
  /** Sealed texts of the configuration. */
  readonly sealed: SealedSource;
  /** The app's release where the settings name none. */
  readonly release: Deployed;
  /** The app's settings are those of an earlier release. */
  readonly goesBack?: boolean;
  /** The image that `app.image` stands for, where that is a tag. */
  readonly appImage?: Promise<FoundImage> | undefined;
  /** Nothing of the stack is registered before this, nor at all where it fails. */
  readonly admitted?: Promise<unknown>;
}

/** Facts that all parts of a stack share. */
export interface Shared {
  /** First part of every name: `<app>-<stack>`. */
  readonly name: string;
  readonly settings: Settings;
  readonly context: ProgramContext;
  readonly platform: Platform;
  readonly network: Network;
  readonly image: ReturnType<typeof imageBuilder>;
  /** Options of every component of the stack. */
  readonly opts: pulumi.ComponentResourceOptions;
  readonly secrets: Secrets;
  readonly deployed: Deployed;
  /** Facts that settings name by a word. */
  readonly facts: Facts;
  readonly release: Release;
}

/** A part of a stack: its resources, outputs and containers. */
export interface Part {
  /** Its components, in the order in which they were made. */
  readonly resources: readonly pulumi.Resource[];
  /** Names of its containers for the stack's output `containers`, known once these are healthy. */
  readonly containers?: Readonly<Record<string, unknown>>;
  /** Further outputs of the stack; undefined: the stack has none of that name. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** Secrets, images and networks, before anything that uses them. */
export function sharedOf(
  settings: Settings,
  context: ProgramContext,
  opts: pulumi.ComponentResourceOptions,
): Shared {
  const name = prefixOf(settings, context.stack);
  const base = basePlatform(name, settings, context);
  const from = { settings: settings.secrets, source: context.secrets, sealed: context.sealed };
  const secrets = new Secrets(`${name}-secrets`, from, opts);
  const deployed = deployedOf(settings, context);
  const facts = factsOf(settings, deployed);
  const image = imageBuilder(name, imagesArgs(settings, context, secrets, facts), base, opts);
  const platform: Platform = { ...base, toolsImage: image("jobs"), hashKey: secrets.hashKey };
  const network = new Network(name, platform, opts);
  const release = releaseOf(settings.release, facts, siteOf(settings), secrets.values);
  const shared = { name, settings, context, platform, network, image, opts, secrets };
  return { ...shared, deployed, facts, release };
}

/** The Docker host of the settings, for every resource of the stack; none: Docker's own default. */
export function dockerProviders(
  settings: Settings,
  stack: string,
  opts: pulumi.CustomResourceOptions,
): pulumi.ComponentResourceOptions {
  const { host } = settings.docker;
  if (host === undefined) return {};
  const name = `${prefixOf(settings, stack)}-host`;
  return { providers: [new docker.Provider(name, { host }, opts)] };
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
function imagesArgs(
  settings: Settings,
  { stack, root, appImage }: ProgramContext,
  secrets: Secrets,
  facts: Facts,
) {
  const app = {
    ...settings.app,
    image: appImage === undefined ? settings.app.image : imageIn(appImage),
    build: settings.app.build && buildOf(settings.app.build, facts),
    name: namesOf(settings, stack).app,
  };
  return { ...settings, root, app, secrets: secrets.values };
}

function imageIn(found: Promise<FoundImage>): pulumi.Output<string> {
  return pulumi.output(found.then(({ image }) => image));
}

function deployedOf({ app }: Settings, { release }: ProgramContext): Deployed {
  return { version: app.version ?? release.version, gitSha: app.gitSha ?? release.gitSha };
}
