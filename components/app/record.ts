import { createHash, createHmac } from "node:crypto";
import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { keepSecret } from "#lib/kept-secret";
import { inKeyOrder } from "#lib/merge";
import { replaceSealed, sealedIn, type SealedText } from "#lib/sealed";
import { joinPath } from "#lib/settings";
import type { Platform } from "#workload/platform";
import { proxyEnvironment, releaseStep } from "#workload/step";
import type { CompanionContent } from "./companions.js";
import type { AppSettings } from "./settings.js";

/** Content by which releases of an app differ. */
export interface Content {
  readonly settings: AppSettings;
  readonly image: pulumi.Input<string>;
  /** The tag that it was resolved from. */
  readonly tag?: pulumi.Input<string | undefined> | undefined;
  readonly version: string;
  readonly gitSha: string;
  /** All that its containers are made of; may hold secrets. */
  readonly workload: pulumi.Input<object>;
  /** Text of a sealed setting; secret. */
  readonly open: (sealed: SealedText) => pulumi.Input<string>;
  /** Services that are released with it; undefined: none. */
  readonly services?: CompanionContent | undefined;
  /** Settings of its jobs; undefined: it has none. */
  readonly jobs?: object | undefined;
}

/**
 * The content as JSON: with the settings that bring the same release back, image included and nothing to build. What is
 * sealed in them stays so, under the stack's own key. Of the rest, which is the platform's, a keyed hash says whether it
 * is the same.
 */
export function contentOf(content: Content, platform: Platform): pulumi.Output<string> {
  const { version, gitSha, services } = content;
  const kept = keptSettings(content, platform);
  const workload =
    services === undefined ? content.workload : [content.workload, services.workloads];
  const known = pulumi.all([
    content.image,
    workload,
    platform.hashKey,
    kept,
    services?.images,
    content.tag,
  ]);
  const text = known.apply(([image, rest, key, { services: others, ...own }, images = {}, tag]) => {
    const withImages = others === undefined ? {} : { services: withOwnImages(others, images) };
    // JSON leaves out what is undefined.
    const settings = { ...own, build: undefined, image, version, gitSha, ...withImages };
    const hash = createHmac("sha256", key)
      .update(JSON.stringify(inKeyOrder(rest)))
      .digest("hex");
    const all = { image, tag, version, gitSha, settings, rest: hash.slice(0, 16) };
    // Settings that come back from a record have their keys in another order.
    return JSON.stringify(inKeyOrder(all));
  });
  // The hash is keyed, and so is what the settings keep.
  return pulumi.unsecret(text);
}

/** Settings of services that bring the same images back, with nothing to build. */
function withOwnImages(
  settings: Readonly<Record<string, object>>,
  images: Readonly<Record<string, string>>,
): Record<string, object> {
  const entries = Object.entries(settings).map(([name, each]): [string, object] => {
    const image = images[name];
    return [name, image === undefined ? each : { ...each, build: undefined, image }];
  });
  return Object.fromEntries(entries);
}

/**
 * Text that is another one whenever a record is begun: the step that ends it must run then. The content alone is not
 * enough: one that is taken back, after a failure before that step, is what the step has ended long since.
 */
export function recordOf(
  begun: command.local.Command,
  content: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.all([begun.stdout, content]).apply(([id, text]) => {
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
    return `${id.trim()} ${hash}`;
  });
}

/** The app's settings, those of what is released with it among them, with each sealed text as a record keeps it. */
function keptSettings(
  { settings, open, services, jobs }: Content,
  platform: Platform,
): pulumi.Output<{ readonly services?: Readonly<Record<string, object>> }> {
  const all = {
    ...settings,
    ...(services === undefined ? {} : { services: services.settings }),
    ...(jobs === undefined ? {} : { jobs }),
  };
  const sealed = sealedIn(all);
  const texts = pulumi.all(sealed.map((each) => open(each.sealed)));
  return pulumi.all([texts, platform.hashKey]).apply(([opened, key]) => {
    const kept = new Map(
      sealed.map((each, index) => [
        each.sealed,
        { sealed: keepSecret(joinPath("", each.path), opened[index] ?? "", key) },
      ]),
    );
    return replaceSealed(all, (each) => kept.get(each)) as object;
  });
}

/**
 * The step that begins a release: before all others of it, whenever one of them would do something new. Its output is
 * the id of the record.
 */
export function beginStep(
  name: string,
  content: pulumi.Input<string>,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const environment = proxyEnvironment(platform);
  return releaseStep(name, "begin", { stdin: content, environment, records: true }, platform, opts);
}
