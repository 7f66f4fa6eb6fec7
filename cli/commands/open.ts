import { spawn } from "node:child_process";
import { once } from "node:events";
import { publicUrl } from "#components/proxy/settings";
import { onPath } from "../host/docker-engine.js";
import type { Say } from "../io/progress.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { StackOptions } from "../registrations/command.js";

/** `keelson open`: the site's URL, in a browser where a person sits at a screen. */
export async function open(options: StackOptions, say: Say): Promise<void> {
  const url = publicUrl(settingsOf(targetOf(options)).proxy);
  say(url);
  const opener = openerOf(process.platform, process.env);
  if (!process.stdout.isTTY || opener === undefined || onPath(opener) === undefined) return;
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  await once(child, "spawn");
  child.unref();
}

/** Returns the program that opens a URL; undefined where nobody would see it. */
export function openerOf(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  if (platform === "darwin") return "open";
  const hasScreen = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => environment[name]);
  return platform === "linux" && hasScreen ? "xdg-open" : undefined;
}
