import { stackFileSettings, type Settings } from "#config";
import { secretSource } from "#config/secret-source";
import { program } from "#program";
import { shellCommand } from "#lib/shell";
import { plain, registered, type Run } from "./pulumi.js";
import { root } from "./root.js";

export { root };

/** The stacks that the project has files for. */
export const stacks = ["local", "preview", "prod"] as const;
export type StackName = (typeof stacks)[number];

/** A value that the settings of `prod` take for a certificate; not one. */
export const certificate = [
  "-----BEGIN CERTIFICATE-----\ncanary-certificate\n-----END CERTIFICATE-----",
  "-----BEGIN PRIVATE KEY-----\ncanary-key\n-----END PRIVATE KEY-----",
].join("\n");

/** The environment in which every stack file has what it requires. */
export const injected = { TLS_CERTIFICATE: certificate };

/** The whole program with the settings of one of the stack files. */
export function runStackFile(stack: StackName): Promise<Run> {
  return runSettings(stackFileSettings(root, stack), { stack });
}

/** A run that several tests read from: made when the first of them asks for it, and only once. */
export function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** The whole program with any settings. */
export function runSettings(
  settings: Settings,
  given: {
    stack?: string;
    environment?: NodeJS.ProcessEnv;
    goesBack?: boolean;
    /** Texts of what is sealed, by what stands in their place. */
    sealed?: Readonly<Record<string, string>>;
    /** Outputs of resources that the state has already, by name. */
    state?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  } = {},
): Promise<Run> {
  const {
    stack = "test",
    environment = injected,
    goesBack = false,
    sealed = {},
    state = {},
  } = given;
  const context = {
    stack,
    root,
    goesBack,
    sealed: (secure: string) => sealed[secure],
    secrets: secretSource(settings, environment, root),
    release: { version: "1.2.3", gitSha: "abc1234" },
  };
  return registered(() => program(settings, context), { stack, state });
}

/** The command line of a one-shot container's step: what follows `docker run --name <name> --rm`. */
export function oneShotLine(inputs: Readonly<Record<string, unknown>>): string {
  const { ONE_SHOT_RUN } = plain(inputs["environment"]) as { ONE_SHOT_RUN: string };
  return shellCommand(JSON.parse(ONE_SHOT_RUN) as string[]);
}
