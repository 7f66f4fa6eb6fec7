import { aptInstall, onPath } from "./docker-engine.js";
import { Failure } from "../io/failure.js";
import { withProgress, type Say } from "../io/progress.js";
import { ofPackage } from "#lib/package-root";
import { run, tail } from "#lib/run-process";

/** Sees to the base of every image: pulled, or made from Debian's mirror where no registry answers. */
export async function ensureBase(o: { base: string; host?: string }, say: Say): Promise<void> {
  const first = await build(o, say);
  if (first.code === 0) return;
  const mayInstall = process.getuid?.() === 0 && onPath("apt-get") !== undefined;
  if (onPath("mmdebstrap") === undefined && mayInstall) {
    say("Installing mmdebstrap with apt, to make the base image from Debian's mirror.");
    await aptInstall(["mmdebstrap"], say);
    const second = await build(o, say);
    if (second.code === 0) return;
    throw new Failure(`The base image could not be made: ${tail(second)}`);
  }
  throw new Failure(`The base image could not be made: ${tail(first)}`);
}

function build(o: { base: string; host?: string }, say: Say) {
  const env = o.host === undefined ? process.env : { ...process.env, DOCKER_HOST: o.host };
  const line = (text: string) => {
    // The last line is the base's name, for programs.
    if (text.includes(" ")) say(`  ${text}`);
  };
  const work = run("bash", [ofPackage("images", "build"), "base", o.base], { env, line });
  return withProgress(say, "the base image", work);
}
