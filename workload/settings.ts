import { z } from "zod";
import { duration } from "#lib/duration";
import { absolutePath, secretVariable, slug, variableName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";
import { sizeFrom } from "#lib/size";

/** The user of a container: `<uid>:<gid>` in numbers, neither of them 0. */
export const user = z
  .string()
  .regex(
    /^[1-9]\d*:[1-9]\d*$/,
    problemText("is not a user", 'write "<uid>:<gid>" in numbers, neither of them 0'),
  );

/** An image by its reference. */
export const imageReference = inClear(
  z.string().min(1),
  "`docker ps` shows the image's name",
  "write it in clear; a registry's password is given to `docker login`",
);

/**
 * Returns the schema of an image's build.
 * @param path of the setting, for advice
 */
export function buildSettings(path: string) {
  const buildArgument = inClear(
    z.string(),
    "build arguments stay in the image, whose history shows them",
    `name a secret in ${path}.secrets, and mount it: RUN --mount=type=secret,id=NAME`,
  );
  return z.strictObject({
    context: z
      .string()
      .min(1)
      .describe(
        "Folder of the build context, from the project's folder. What `<Dockerfile>.dockerignore` or `.dockerignore` leaves out makes no new image, nor do `.git` and `.keelson`.",
      ),
    dockerfile: z.string().min(1).default("Dockerfile").describe("Dockerfile, from the context."),
    target: z.string().min(1).optional().describe("Stage of the Dockerfile to build."),
    args: z
      .record(variableName, buildArgument)
      .default({})
      .describe(
        "Build arguments. They stay in the image, so none can be a secret. In a value `$version` is the release's version, `$gitSha` its commit, and `$domain`, `$url` and `$environment` are the stack's; `$$version` stands for itself.",
      ),
    secrets: z
      .array(secretVariable)
      .default([])
      .describe(
        "Names from `secrets` for the build: `RUN --mount=type=secret,id=NAME` has one as /run/secrets/NAME, and the image has none. Needs BuildKit.",
      ),
  });
}

/** A folder that outlives its container. */
export const volumeSettings = z.strictObject({
  name: slug.describe("Name of the volume: last part of its name on the host."),
  path: absolutePath.describe("Mount path in the container."),
  keep: z.boolean().default(true).describe("Keep it on the host when the stack is destroyed."),
  backup: z
    .boolean()
    .default(false)
    .describe("Back it up every day (`backup.volumes`), as uploads are; needs `backup.enabled`."),
});

/**
 * The folder /tmp of a container, in memory.
 * @param memory setting of which it is a part
 */
export function tmpSettings(memory: string) {
  return z.strictObject({
    size: sizeFrom("1MiB")
      .default("64MiB")
      .describe(`Size limit; what it holds counts towards \`${memory}\`.`),
    exec: z.boolean().default(false).describe("Allow programs in it to be executed."),
  });
}

/**
 * Times of a container's healthcheck.
 * @param further sentence on `startPeriod`
 */
export function healthTimes(further = "") {
  return {
    interval: duration.default("5s").describe("Time between two healthchecks."),
    timeout: duration.default("3s").describe("Time after which a healthcheck has failed."),
    retries: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe("Failures in a row until it is unhealthy."),
    startPeriod: duration
      .default("10s")
      .describe(`Failures within this time after the start do not count.${further}`),
    startTimeout: duration
      .default("60s")
      .describe("How long a release waits for the container to become healthy."),
  };
}
