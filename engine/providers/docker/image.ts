import { encodedLogin } from "#lib/registry-login";
import { EngineError } from "../../errors.js";
import type { Context } from "../../provider.js";
import { bytesOf, DockerError } from "./client.js";
import type { DockerClient } from "./client.js";

/** Login of a registry. */
export interface RegistryLogin {
  address: string;
  username: string;
  password: string;
}

/** Sees to it that an image is there: what is there already stays, the rest is pulled. */
export async function ensureImage(
  client: DockerClient,
  image: string,
  logins: RegistryLogin[],
  context: Context,
): Promise<void> {
  if (await exists(client, image)) return;
  context.log(`image ${image} is not here, pulling it`);
  const { name, tag } = splitReference(image);
  const login = logins.find(({ address }) => address === registryOf(name));
  try {
    const answer = await client.stream("POST", "/images/create", {
      query: { fromImage: name, tag },
      headers: login === undefined ? {} : { "x-registry-auth": encodeLogin(login) },
      signal: context.signal,
    });
    const lines = (await bytesOf(answer)).toString("utf8").split("\n");
    const failure = lines.find((line) => line.includes('"errorDetail"'));
    if (failure !== undefined)
      throw new EngineError((JSON.parse(failure) as { error: string }).error);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      `Unable to create container with image ${image}: it is not on this Docker Engine and cannot be pulled: ${reason}`,
      { cause: error },
    );
  }
}

async function exists(client: DockerClient, image: string): Promise<boolean> {
  try {
    await client.call("GET", `/images/${encodeURIComponent(image)}/json`);
    return true;
  } catch (error) {
    if (error instanceof DockerError && error.status === 404) return false;
    throw error;
  }
}

function splitReference(image: string): { name: string; tag: string } {
  const digest = image.indexOf("@");
  if (digest >= 0) return { name: image.slice(0, digest), tag: image.slice(digest + 1) };
  const colon = image.lastIndexOf(":");
  if (colon > image.lastIndexOf("/"))
    return { name: image.slice(0, colon), tag: image.slice(colon + 1) };
  return { name: image, tag: "latest" };
}

function registryOf(name: string): string {
  const [first = ""] = name.split("/");
  const isHost = name.includes("/") && /[.:]|^localhost$/.test(first);
  return isHost ? first : "registry-1.docker.io";
}

function encodeLogin({ address, username, password }: RegistryLogin): string {
  return encodedLogin({ username, password, serveraddress: address });
}
