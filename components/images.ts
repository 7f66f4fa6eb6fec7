import * as pulumi from "@pulumi/pulumi";
import { packageRoot } from "#lib/package-root";
import type { PostgresMajor } from "#lib/platform";
import { picked } from "#lib/picked";
import { shellCommand } from "#lib/shell";
import { dockerCommand } from "#workload/one-shot";
import type { Platform } from "#workload/platform";
import {
  appImage,
  platformImage,
  type BuildContext,
  type PlatformImage,
} from "./images/recipes.js";
import type { ImagesSettings } from "./images/settings.js";

/** A platform image, or an app's, built where it is missing; its tag follows from its content. */
export class Image extends pulumi.ComponentResource {
  /**
   * The image reference, which a preview knows as well, so that it tells what is replaced: there it is the tag, until
   * the build has said that its image has another name already.
   */
  readonly reference: pulumi.Output<string>;

  /** @param build args of the command that builds `tag`, which must do nothing where it is already there, and prints the name */
  constructor(
    name: string,
    args: {
      readonly tag: string;
      readonly build: readonly string[];
      /** The name that the build prints counts: of the same image under an earlier tag. Default: `tag`. */
      readonly named?: boolean;
      /** Of the build, by name. */
      readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
    },
    platform: Pick<Platform, "dockerEnvironment">,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Image", name, {}, opts);
    const environment = buildEnvironment(args.secrets ?? {});
    const step = { create: shellCommand(args.build), environment, records: args.named === true };
    const built = dockerCommand(name, step, platform, { parent: this });
    this.reference =
      args.named === true ? nameOf(built.stdout, args.tag) : built.id.apply(() => args.tag);
    this.registerOutputs({ reference: this.reference });
  }
}

/** Inputs of a stack's images. */
export interface ImagesArgs {
  readonly images: ImagesSettings;
  readonly postgres: { readonly version: PostgresMajor; readonly packages: readonly string[] };
  readonly app: {
    readonly name: string;
    readonly image?: pulumi.Input<string> | undefined;
    readonly build?: BuildContext | undefined;
  };
  /** Folder of the project. */
  readonly root: string;
  /** Values of the stack's secrets, by name. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

/** The images of a stack, each built or referred to when it is first asked for. */
export function imageBuilder(
  name: string,
  { images, postgres, app, root, secrets }: ImagesArgs,
  platform: Pick<Platform, "dockerEnvironment">,
  opts: pulumi.ComponentResourceOptions,
) {
  const made = new Map<string, pulumi.Input<string>>();
  const make = (which: PlatformImage | "app"): pulumi.Input<string> => {
    const given = which === "app" ? app.image : images[which];
    if (given !== undefined) return given;
    const recipe =
      which === "app" && app.build !== undefined
        ? {
            ...appImage(app.name, app.build, images, root),
            named: true,
            secrets: picked(secrets, app.build.secrets),
          }
        : platformImage(
            which as PlatformImage,
            images,
            packageRoot,
            postgres.version,
            postgres.packages,
          );
    return new Image(`${name}-${which}-image`, recipe, platform, opts).reference;
  };
  return (which: PlatformImage | "app"): pulumi.Input<string> => {
    const image = made.get(which) ?? make(which);
    made.set(which, image);
    return image;
  };
}

/** Returns the name that a build prints; the tag until that is known. */
function nameOf(printed: pulumi.Output<string>, tag: string): pulumi.Output<string> {
  const { isKnown } = printed as unknown as { readonly isKnown: Promise<boolean> };
  const name = pulumi.unsecret(printed).apply((text) => text.trim() || tag);
  return pulumi.output(isKnown.then((known) => (known ? name : tag)));
}

/** Returns the variables from which images/build-app reads its secrets: no argument of a process shows one. */
function buildEnvironment(
  secrets: Readonly<Record<string, pulumi.Input<string>>>,
): Record<string, pulumi.Input<string>> {
  const names = Object.keys(secrets);
  if (names.length === 0) return {};
  const values = Object.entries(secrets).map(
    ([key, value]) => [`BUILD_SECRET_${key}`, value] as const,
  );
  return { BUILD_SECRETS: names.join(" "), ...Object.fromEntries(values) };
}
