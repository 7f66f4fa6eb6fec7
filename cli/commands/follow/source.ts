import { askRegistry } from "#lib/registry";
import { taggedImage } from "#lib/image-reference";
import type { Docker } from "#lib/docker";
import { tail, type Run } from "#lib/run-process";
import { Failure } from "../../io/failure.js";
import type { FollowedRefs } from "./request.js";

/** Something to bring up: a commit or an image's digest. */
export interface Head {
  readonly id: string;
  /** Branch, tag or image that it stands for. */
  readonly name: string;
}

/** Looks for the head of what is followed. @throws Failure where it can't be had now */
export type Look = (signal: AbortSignal) => Promise<Head>;

const patienceMs = 60_000;

/** Environment of git: nobody is there to be asked for a password, and a dead connection ends. */
export function gitEnvironment(environment = process.env): NodeJS.ProcessEnv {
  return {
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15",
    GIT_HTTP_LOW_SPEED_LIMIT: "1000",
    GIT_HTTP_LOW_SPEED_TIME: "60",
    ...environment,
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
}

/** A text without the password of a URL in it. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, "$1***@");
}

/** The head of a branch, or the newest version among tags, as a remote has it now. */
export function gitLook(followed: FollowedRefs, remote: string, run: Run): Look {
  const ref =
    followed.kind === "branch" ? `refs/heads/${followed.name}` : `refs/tags/${followed.pattern}`;
  // A pre-release comes before its release, and what an annotated tag stands for comes with it.
  const sort = ["-c", "versionsort.suffix=-", "ls-remote", "--sort=version:refname"];
  return async (signal) => {
    const refs = followed.kind === "branch" ? [ref] : [ref, `${ref}^{}`];
    const options = { env: gitEnvironment(), timeoutMs: patienceMs, signal };
    const result = await run("git", [...sort, "--", remote, ...refs], options);
    if (result.code !== 0) {
      throw new Failure(`${withoutPassword(remote)} can't be read: ${reasonOf(result)}`);
    }
    const head = newest(result.stdout, followed);
    if (head !== undefined) return head;
    const missing =
      followed.kind === "branch" ? `branch ${followed.name}` : `tag ${followed.pattern}`;
    throw new Failure(`${withoutPassword(remote)} has no ${missing}.`);
  };
}

/** The head in the answer of `ls-remote`, sorted by version. */
export function newest(answer: string, followed: FollowedRefs): Head | undefined {
  const lines = answer.split("\n").map((line) => line.split("\t"));
  const commits = new Map<string, string>();
  for (const [id, ref = ""] of lines) {
    // It also answers for refs/remotes/x/refs/heads/main and the like.
    const prefix = followed.kind === "branch" ? "refs/heads/" : "refs/tags/";
    if (id === undefined || !ref.startsWith(prefix)) continue;
    commits.set(ref.slice(prefix.length).replace(/\^\{\}$/, ""), id);
  }
  const last = [...commits].at(-1);
  return last === undefined ? undefined : { name: last[0], id: last[1] };
}

/** The digest of an image's tag in its registry. @throws Failure for an image that has none */
export function imageLook(image: string | undefined, docker: Docker): Look {
  const tagged = image === undefined ? undefined : taggedImage(image);
  if (image === undefined || tagged === undefined) {
    throw new Failure(
      `app.image: ${image === undefined ? "is not set, so there" : image} is no tag to follow; name a tag in a registry, or follow a branch.`,
    );
  }
  return async () => {
    const answer = await askRegistry(docker, tagged);
    if ("digest" in answer) return { id: answer.digest, name: image };
    throw new Failure(`${image} can't be looked up: ${answer.reason}`);
  };
}

function reasonOf(result: Parameters<typeof tail>[0]): string {
  if (result.code === 124) return `no answer within ${String(patienceMs / 1000)} s`;
  return withoutPassword(tail(result));
}
