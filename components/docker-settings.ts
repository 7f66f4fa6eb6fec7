import { z } from "zod";
import { slug } from "#lib/identifiers";
import { inClear } from "#lib/in-clear";
import { problemText } from "#lib/settings";

const stackName = z
  .string()
  .regex(
    /^[A-Za-z0-9_.-]{1,100}$/,
    problemText("is not a stack's name", "use letters, digits, hyphens, underscores and periods"),
  );

const hostUrl = inClear(
  z
    .string()
    .regex(
      /^(ssh|unix|tcp):\/\/\S+$/,
      problemText("is not a Docker host", "write ssh://user@host or unix:///path/to/docker.sock"),
    ),
  "every command asks it before anything is opened",
  "write it in clear; its keys are those of SSH, or in DOCKER_CERT_PATH",
);

/** The Docker host of a stack, and what its objects are called there. */
export const dockerSettings = z.strictObject({
  host: hostUrl
    .optional()
    .describe(
      "Docker host that the stack runs on, such as `ssh://deploy@example.com`; default: this machine's.",
    ),
  names: z
    .strictObject({
      app: slug.optional().describe("First part of those names; default: `app.name`."),
      stack: stackName.optional().describe("Second part; default: the stack's name."),
    })
    .optional()
    .describe(
      "Names of the stack's volumes, containers and networks begin with `<app>-<stack>`. `keelson rename` keeps the old ones here: Docker can't rename a volume.",
    ),
});
