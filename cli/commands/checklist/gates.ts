import type { Inventory } from "../../documents/backups.js";
import type { Release } from "../../stack/releases.js";

/** A gate of a deploy, with its result. */
export interface Gate {
  readonly gate: string;
  readonly ok: boolean;
  readonly text: string;
}

/** A gate that is passed, or is not for a reason. */
export function gate(name: string, problem: string | undefined, passed: string): Gate {
  return { gate: name, ok: problem === undefined, text: problem ?? passed };
}

/** Alerts about drills, which have a gate of their own. */
const ofProofs = new Set(["KeelsonProofOld", "KeelsonDrillRed"]);

/** The age of the newest backup, and what is wrong with backups already. */
export function backupGate(inventory: Inventory, withinSeconds: number, now: Date): Gate {
  const alert = inventory.alerts.find((each) => !ofProofs.has(each.alert));
  const times = [
    ...inventory.backups.map(({ endedAt }) => endedAt),
    ...inventory.dumps.map(({ createdAt }) => createdAt),
  ];
  const newest = newestOf(times);
  const passed = `the newest is of ${newest ?? "never"}`;
  if (alert !== undefined) return gate("backup", alert.text, passed);
  return gate("backup", ageProblem("backup", newest, withinSeconds, now), passed);
}

/** The age of the newest restore that is proven; a newer drill that failed is a reason as well. */
export function proofGate({ drills }: Inventory, withinSeconds: number, now: Date): Gate {
  const { last, lastProven } = drills;
  const passed = `proven ${lastProven?.endedAt ?? "never"}`;
  if (last !== null && !last.proven) {
    const why = last.error ?? "it does not say why";
    return gate("proof", `the last drill (${last.endedAt}) proved nothing: ${why}`, passed);
  }
  return gate("proof", ageProblem("proof", lastProven?.endedAt, withinSeconds, now), passed);
}

/** No deploy is running, and the last one has not failed halfway. */
export function releaseGate([newest]: readonly Release[]): Gate {
  const running = newest?.result === "running";
  const problem = running ? `${newest.id} is being released by ${newest.who}` : undefined;
  return gate(
    "release",
    problem,
    newest === undefined ? "the first one" : `last: ${newest.id}, ${newest.result}`,
  );
}

/**
 * The same image is live on another stack, where its migration ran and its gates passed.
 *
 * @param image reference or id of what is to be deployed
 */
export function afterGate(stack: string, releases: readonly Release[], image: string): Gate {
  const live = releases.find(({ result }) => result === "live");
  const same = live !== undefined && [live.image, live.tag, live.imageId].includes(image);
  const problem = same
    ? undefined
    : `${stack} runs ${live?.image ?? "nothing"}, and ${image} is to be deployed; deploy it there first`;
  return gate(`after ${stack}`, problem, `${image} is live there, migrated and checked`);
}

function newestOf(times: readonly string[]): string | undefined {
  return [...times].sort((a, b) => Date.parse(b) - Date.parse(a))[0];
}

function ageProblem(
  what: string,
  time: string | undefined,
  withinSeconds: number,
  now: Date,
): string | undefined {
  if (time === undefined) return `there is no ${what} yet`;
  const hours = (now.getTime() - Date.parse(time)) / 3_600_000;
  if (hours * 3600 <= withinSeconds) return undefined;
  return `the newest ${what} is ${hours.toFixed(1)} h old (${time}), and ${(withinSeconds / 3600).toFixed(1)} h are allowed`;
}
