import { prefixOf } from "#config";
import { seconds } from "#lib/duration";
import { jobsUser } from "#lib/platform";
import { handedOver, startLines, type Lines } from "#release/migration/lock-holder";
import { releaser } from "#release/step-context";
import type { Stack } from "../../stack/stack.js";
import type { LiveApp } from "./live.js";

/** Starts the container that holds the lock of migrations, as a release does. */
export function holderLines(
  { docker, settings, stack }: Stack,
  {
    live,
    command,
    image,
    network,
  }: {
    readonly live: LiveApp;
    readonly command: readonly string[];
    /** The jobs image. */
    readonly image: string;
    readonly network: string;
  },
): Lines {
  const { migrate } = settings.app;
  const who = `keelson: ${releaser(process.env).who} migrates ${live.version} again`;
  return startLines(
    docker,
    [
      "run",
      "--interactive",
      "--rm",
      "--no-healthcheck",
      "--read-only",
      "--tmpfs",
      "/tmp",
      "--cap-drop",
      "ALL",
      "--security-opt",
      "no-new-privileges",
      "--user",
      jobsUser,
      "--network",
      network,
      ...handedOver,
      image,
      "/usr/local/bin/migration-lock",
    ],
    {
      // The server keeps so many bytes of it.
      PGAPPNAME: who.slice(0, 63),
      MIGRATION_STACK: prefixOf(settings, stack),
      MIGRATION_IDENTITY: `command ${JSON.stringify(command)} ${live.imageId}`,
      MIGRATION_RELEASE: live.version,
      MIGRATION_COMPATIBLE: String(migrate?.backwardCompatible ?? false),
      MIGRATION_LOCK_WAIT: String(seconds(migrate?.lockWait ?? "60s")),
    },
  );
}
