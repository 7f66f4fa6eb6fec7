import { Readable } from "node:stream";
import { z } from "zod";
import type { Docker } from "./docker.js";
import { registryOf, type TaggedImage } from "./image-reference.js";
import { registryAuth } from "./registry-login.js";
import { run, type Run } from "./run-process.js";

/** A registry's answer about a tag: its digest, or the reason why there is none. */
export type RegistryAnswer = { readonly digest: string } | { readonly reason: string };

const patienceMs = 30_000;
const distribution = z.object({
  Descriptor: z.object({ digest: z.string().startsWith("sha256:") }),
});

/**
 * Asks for the digest of a tag, by the Docker engine: it finds the registry as it does for a pull, with its own mirrors,
 * certificates and way out. Nothing is pulled.
 */
export async function askRegistry(
  docker: Docker,
  { repository, tag }: TaggedImage,
  start: Run = run,
): Promise<RegistryAnswer> {
  const registry = registryOf(repository);
  const auth = await registryAuth(registry, docker.environment ?? process.env, start);
  const request = [
    `GET /distribution/${repository}:${tag}/json HTTP/1.0`,
    "Host: docker",
    ...(auth === "" ? [] : [`X-Registry-Auth: ${auth}`]),
    "\r\n",
  ].join("\r\n");
  // The engine gives up on a client whose input has ended: it stays open until there is an answer.
  const input = new Readable({ read: () => undefined });
  input.push(request);
  const result = await docker(["system", "dial-stdio"], { input, timeoutMs: patienceMs });
  input.destroy();
  if (result.code === 124) return { reason: `${registry} does not answer` };
  if (result.code !== 0) return { reason: result.stderr.trim() };
  return answerIn(result.stdout, registry);
}

function answerIn(text: string, registry: string): RegistryAnswer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const body = jsonOf(rest.join("\r\n\r\n"));
  if (/^HTTP\/1\.[01] 200 /.test(head)) {
    const found = distribution.safeParse(body);
    if (found.success) return { digest: found.data.Descriptor.digest };
  }
  const problem = z.object({ message: z.string() }).safeParse(body);
  return { reason: problem.data?.message ?? `${registry} gave no answer that can be read` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
