import { z } from "zod";
import { absolutePath, argument } from "#lib/identifiers";
import { problem } from "#lib/settings";

const mount = z.strictObject({
  source: z.string().min(1).describe("Folder of this machine, from the project's folder."),
  path: absolutePath.describe("Mount path in the container."),
});

/** Work on the app, whose container sees the sources as they are on this machine. */
export const devSettings = z.strictObject({
  mounts: z
    .array(mount)
    .min(1)
    .describe(
      "Folders of sources that the app's container, and its migration, see as they are, in the place of the image's own; read-only.",
    ),
  command: z
    .array(argument)
    .min(1)
    .optional()
    .describe("Command instead of `app.command`, such as one that starts again on a change."),
});

/** Returns the problems of `app.dev`, which is for one's own machine alone, a line each. */
export function devProblems(settings: {
  readonly environment: string;
  readonly app: { readonly dev?: z.output<typeof devSettings> | undefined };
  readonly docker: { readonly host?: string | undefined };
}): string[] {
  if (settings.app.dev === undefined) return [];
  const { environment, docker } = settings;
  if (environment !== "local") {
    const what = `is for work on the app, and the environment is ${environment}`;
    return [problem("app.dev", what, "set it in Pulumi.local.yaml alone")];
  }
  if (docker.host === undefined) return [];
  const what = `mounts folders of this machine, and docker.host is ${docker.host}`;
  return [problem("app.dev", what, "remove one of them")];
}
