import { z } from "zod";
import { secretVariable, variableName } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";

const buildArgument = inClear(
  z.string(),
  "build arguments stay in the image, whose history shows them",
  "name a secret in app.build.secrets, and mount it: RUN --mount=type=secret,id=NAME",
);

/** What the app's image is built from. */
export const buildSettings = z.strictObject({
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
      "Build arguments. They stay in the image, so none can be a secret. The value `$version` is the release's version, `$gitSha` its commit.",
    ),
  secrets: z
    .array(secretVariable)
    .default([])
    .describe(
      "Names from `secrets` for the build: `RUN --mount=type=secret,id=NAME` has one as /run/secrets/NAME, and the image has none. Needs BuildKit.",
    ),
});
