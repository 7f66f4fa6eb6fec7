import { z } from "zod";
import { parameter } from "./parameters.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** A container of the stack on the host. */
export interface StackContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Docker runs it, or starts it again by itself in a moment. */
  readonly isUp: boolean;
}

const inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    State: z.object({ Running: z.boolean(), Status: z.string() }),
    Config: z.object({ Labels: z.record(z.string(), z.string()) }),
  }),
);

/** Every container of a role of the stack, whichever release made it. @throws StepFailure */
export async function stackContainers(
  context: StepContext,
  workload: string,
): Promise<StackContainer[]> {
  const filters = stackFilters(context, workload);
  const list = await context.docker(["ps", "--all", "--quiet", "--no-trunc", ...filters]);
  if (list.code !== 0) throw new StepFailure(`docker: ${list.stderr.trim()}`);
  const ids = list.stdout.split("\n").filter((id) => id !== "");
  if (ids.length === 0) return [];
  const found = await context.docker(["container", "inspect", ...ids]);
  // One that is gone meanwhile makes Docker fail, and the others are described all the same.
  if (found.stdout.trim() === "") throw new StepFailure(`docker: ${found.stderr.trim()}`);
  return inspected.parse(JSON.parse(found.stdout)).map(({ Id, Name, State, Config }) => ({
    id: Id,
    name: Name.replace(/^\//, ""),
    labels: Config.Labels,
    isUp: State.Running || State.Status === "restarting",
  }));
}

/** Arguments that filter Docker's lists down to a role of the stack. */
export function stackFilters(context: StepContext, workload: string): string[] {
  return parameter(context, "PROXY_FILTERS")
    .replace("workload=proxy", `workload=${workload}`)
    .split(" ")
    .filter((word) => word !== "");
}
