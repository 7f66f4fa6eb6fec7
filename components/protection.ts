import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { fromProject } from "#lib/package-root";
import { shellCommand } from "#lib/shell";

export interface ProtectionArgs {
  /** Settings that protect data, such as `postgres.protect`; none: the stack is not protected. */
  readonly by: readonly string[];
  /** Every other component of the stack. */
  readonly everything: readonly pulumi.Resource[];
}

/**
 * The last resource of a stack, which depends on every other one, so that a destroy comes to it first, and alone.
 *
 * Pulumi refuses to delete what has the option `protect`, but goes on with all that does not hang on it: the data's
 * dependents, and the containers that a failed release has left to be deleted, though they serve. A deletion that
 * fails ends the destroy at once. So that of the last resource fails where the stack is protected. It has no `protect`
 * of its own: with that, Pulumi would pass it over, and `--exclude-protected` would leave all that it depends on. It is
 * there in every stack: once it left the program, its deletion would fail as well.
 */
export class Protection extends pulumi.ComponentResource {
  constructor(
    name: string,
    { by, everything }: ProtectionArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Protection", name, {}, { ...opts, dependsOn: [...everything] });
    new command.local.Command(
      `${name}-refusal`,
      {
        create: "true",
        ...(by.length === 0
          ? {}
          : { delete: shellCommand(["node", fromProject("bin/refuse-destroy.mjs")]) }),
        environment: { PROTECTED_BY: by.join(" and ") },
        addPreviousOutputInEnv: false,
      },
      { parent: this, additionalSecretOutputs: ["stdout", "stderr"] },
    );
    this.registerOutputs({});
  }
}
