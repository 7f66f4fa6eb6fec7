import type { Docker } from "#lib/docker";
import { ask, labelFilters } from "../io/docker.js";

/** The names of a stack's volumes that are on the host. */
export async function ourVolumes(docker: Docker, app: string, stack: string): Promise<string[]> {
  const list = await ask(docker, ["volume", "ls", "-q", ...labelFilters(app, stack)]);
  return list === "" ? [] : list.split("\n");
}

/** Says which volumes stayed and how they would be removed. */
export function keptText(volumes: readonly string[]): string[] {
  if (volumes.length === 0) return ["No volume of this stack is left on the host."];
  return [
    `Kept: ${volumes.length === 1 ? "the volume" : "the volumes"} ${volumes.join(", ")}.`,
    `This would remove the data for good: docker volume rm ${volumes.join(" ")}`,
  ];
}
