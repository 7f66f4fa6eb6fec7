import { hostNames } from "#config";
import { ourContainers } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import { requireIdentity } from "./recorded-identity.js";
import type { Session } from "./session.js";

/**
 * Refuses a stack whose settings lead to other data than its state has recorded, and one whose containers are on the host while nothing of it is in the state: they are another
 * checkout's, or their state was lost. What we do not know to be ours is never removed.
 * @throws Failure that names them and the way out
 */
export async function requireOwned(session: Session): Promise<void> {
  const { runner, docker, settings, target } = session;
  const recorded = await runner.recorded();
  requireIdentity(session, recorded);
  const { resources, pending } = recorded;
  if (resources.length > 0 || pending.length > 0) return;
  const found = await ourContainers(docker, ...hostNames(settings, target.stack));
  const text = foreignProblem(
    target.stack,
    found.map((each) => each.name),
  );
  if (text !== undefined) throw new Failure(text);
}

/** The sentences for containers that no state knows; undefined when there are none. */
export function foreignProblem(stack: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return (
    `The stack ${stack} has containers on this host (${names.join(", ")}), but no state here: ` +
    "they are another checkout's, or their state was lost. Take them down where they were made, " +
    `or remove them and keep their volumes: docker rm --force ${names.join(" ")}`
  );
}
