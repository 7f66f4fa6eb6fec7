import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { message } from "../backup.js";
import type { Docker } from "#lib/docker";
import { ask } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { poll, withProgress, type Say } from "../../io/progress.js";
import { tail, type CommandResult } from "#lib/run-process";

/** A file of a container whose checksum is next to it, as `<file>.sha256`. */
export interface Brought {
  /** Folder in the container. */
  readonly from: string;
  readonly file: string;
  /** Files that belong to it. */
  readonly alongside?: readonly string[];
  /** Folder of this machine, absolute. */
  readonly folder: string;
}

/** Copies a file out of a container, and reads the copy. @throws Failure where it is not the same */
export async function copyOut(
  docker: Docker,
  id: string,
  { from, file, alongside = [], folder }: Brought,
): Promise<void> {
  for (const each of [`${file}.sha256`, ...alongside, file]) {
    await ask(docker, ["cp", `${id}:${from}/${each}`, join(folder, each)]);
  }
  const wanted = readFileSync(join(folder, `${file}.sha256`), "utf8").split(" ")[0];
  if ((await checksum(join(folder, file))) !== wanted) {
    throw new Failure(`the copy ${join(folder, file)} is not what was written.`);
  }
}

/** Runs a script once another that is in its way has ended. @throws Failure with what it says is wrong */
export async function retryWhileBusy(
  run: () => Promise<CommandResult>,
  what: string,
  say: Say,
  everyMs = 2000,
): Promise<CommandResult> {
  const attempt = async () => {
    const result = await run();
    return result.code === busy ? undefined : result;
  };
  const ended = await withProgress(say, what, poll(attempt, patienceMs, everyMs));
  if (ended === undefined) throw new Failure(`another ${what} has not ended within an hour.`);
  if (ended.code !== 0) throw new Failure(`${message(tail(ended, 1))}.`);
  return ended;
}

/** Exit code of the scripts while another one runs. */
const busy = 75;
const patienceMs = 3_600_000;

/** SHA-256 of a file, which is on the disk then. */
async function checksum(file: string): Promise<string> {
  const handle = await open(file);
  await handle.sync();
  await handle.close();
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
