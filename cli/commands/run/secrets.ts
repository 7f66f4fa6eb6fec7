import { spawn } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import type { Docker } from "#lib/docker";
import { secretsDirectory } from "#lib/platform";
import { ask } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";

/** Copies the files of secrets of one container into another one that has not started. @throws Failure */
export async function copySecrets(docker: Docker, from: string, to: string): Promise<void> {
  const env = docker.environment ?? process.env;
  const reader = spawn("docker", ["cp", `${from}:${secretsDirectory}/.`, "-"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const writer = spawn("docker", ["cp", "-", `${to}:${secretsDirectory}`], {
    env,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ends = Promise.all([reader, writer].map((each) => endOf(each)));
  // One that has failed says so by its end.
  await pipeline(reader.stdout, writer.stdin).catch(() => undefined);
  const failed = (await ends).find(({ code }) => code !== 0);
  if (failed === undefined) return;
  throw new Failure(`The secrets can't be copied: ${failed.stderr}`);
}

/**
 * Copies the files of a volume into a container that has not started.
 * @param image of any kind: nothing of it runs
 */
export async function copyVolume(
  docker: Docker,
  volume: string,
  image: string,
  to: string,
): Promise<void> {
  const mount = `type=volume,source=${volume},target=${secretsDirectory},readonly`;
  const id = await ask(docker, ["create", "--network", "none", "--mount", mount, image, "none"]);
  try {
    await copySecrets(docker, id, to);
  } finally {
    await ask(docker, ["rm", id]);
  }
}

async function endOf(child: ReturnType<typeof spawn>) {
  const said: Buffer[] = [];
  child.stderr?.on("data", (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr: Buffer.concat(said).toString("utf8").trim() };
}
