import { ensureDocker } from "../host/docker-engine.js";
import { ensureBase } from "../host/base-image.js";
import { waitForApp } from "./start/answer.js";
import type { StartOptions } from "../registrations/start.js";
import { requireOwned } from "../stack/ownership.js";
import { preflight } from "../host/preflight.js";
import type { Say } from "../io/progress.js";
import { openSession } from "../stack/session.js";
import { plain, startJson, startTable, type Started } from "./start/summary.js";
import { checkedSettings, targetOf } from "../project/target.js";
import { bringUp, ownIds } from "./up.js";

/** `npm start`: from whatever the machine has to a stack that answers. */
export async function start(options: StartOptions, say: Say): Promise<void> {
  const began = performance.now();
  // Wrong settings are reported before anything is installed for them.
  const target = targetOf(options);
  const settings = checkedSettings(target);
  if (settings.docker.host === undefined)
    await ensureDocker({ projectDirectory: target.projectDirectory, say });
  const session = await openSession(options, say);
  await requireOwned(session);
  await preflight(session.docker, session.settings, await ownIds(session));
  const host = settings.docker.host;
  const { base } = settings.images;
  await ensureBase(host === undefined ? { base } : { base, host }, say);
  const result = await bringUp(session, { refresh: false }, say);
  const url = plain(result.outputs, "url");
  if (url !== undefined && !result.inMaintenance) {
    await waitForApp(url, [settings.proxy.bind].flat()[0] ?? "127.0.0.1", settings.app.health, say);
  }
  const started: Started = {
    outputs: result.outputs,
    engine: session.choice.kind === "cli" ? "Pulumi CLI" : "embedded",
    changes: result.changes,
    engineSeconds: result.seconds,
    seconds: (performance.now() - began) / 1000,
  };
  say("");
  for (const line of startTable(started)) say(line);
  if (options.json === true) say(startJson(started));
}
