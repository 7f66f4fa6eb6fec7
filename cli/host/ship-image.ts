import { spawn } from "node:child_process";
import { dockerAt, type Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { Failure } from "../io/failure.js";

/** A tag that Docker takes. */
const tagName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * Pushes an image to a registry, and hands back the name that stands for it for good: `<repository>@sha256:…`.
 *
 * @param tag that it has there besides
 * @throws Failure
 */
export async function pushImage(
  docker: Docker,
  image: string,
  repository: string,
  tag: string,
): Promise<string> {
  if (!tagName.test(tag)) {
    throw new Failure(
      `APP_VERSION: ${tag} is no tag of an image; use letters, digits, dots and hyphens.`,
    );
  }
  const name = `${repository}:${tag}`;
  await must(docker, ["tag", image, name], `--push: ${repository} is not accepted`);
  await must(docker, ["push", "--quiet", name], `${name} can't be pushed`);
  const format = "{{range .RepoDigests}}{{println .}}{{end}}";
  const digests = await must(docker, ["image", "inspect", "--format", format, name], name);
  const found = digests.split("\n").find((each) => each.startsWith(`${repository}@sha256:`));
  if (found !== undefined) return found;
  throw new Failure(`${name} was pushed, but Docker does not tell its digest.`);
}

/** Streams an image to another Docker engine, without a registry, and hands back its id there. @throws Failure */
export async function streamImage(docker: Docker, image: string, host: string): Promise<string> {
  const id = await must(docker, ["image", "inspect", "--format", "{{.Id}}", image], image);
  const there = dockerAt(host);
  const known = await there(["image", "inspect", id]);
  if (known.code === 0) return id;
  // Named as well, or nothing there holds it and a cleaning of the host takes it away.
  const saving = spawn("docker", ["save", image], {
    env: docker.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors: Buffer[] = [];
  saving.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const saved = new Promise<number>((resolve) => {
    saving.once("error", () => {
      resolve(127);
    });
    saving.once("close", (code) => {
      resolve(code ?? 128);
    });
  });
  const loaded = await there(["load", "--quiet"], { input: saving.stdout });
  // A host that refuses reads no more: what is still to be said to it would be waited for without end.
  saving.stdout.destroy();
  const code = await saved;
  if (loaded.code !== 0) throw new Failure(`${host} does not take the image: ${tail(loaded)}`);
  if (code !== 0) {
    throw new Failure(`${image} can't be read: ${Buffer.concat(errors).toString().trim()}`);
  }
  const arrived = await there(["image", "inspect", id]);
  if (arrived.code === 0) return id;
  throw new Failure(
    `${host} took the image under another id: it keeps images in another form; use a registry.`,
  );
}

async function must(docker: Docker, args: readonly string[], problem: string): Promise<string> {
  const result = await docker(args);
  if (result.code === 0) return result.stdout.trim();
  throw new Failure(`${problem}: ${tail(result)}`);
}
