import { instancesOf, type Workload } from "#test/support/inspect";
import { docker } from "#test/support/docker";
import type { Stack } from "#test/support/stack";

/** A container of the stack, with all that another one like it is started from. */
export interface Server {
  readonly Id: string;
  readonly Image: string;
  readonly Mounts: readonly { readonly Name?: string; readonly Destination: string }[];
  readonly Config: { readonly Env: readonly string[]; readonly Cmd: readonly string[] };
  readonly HostConfig: { readonly Memory: number; readonly ShmSize: number };
}

/** A container of the stack. @throws Error where there is none */
export async function inspected(stack: Stack, workload: Workload): Promise<Server> {
  const [found] = await instancesOf(stack, workload);
  if (found === undefined) throw new Error(`${stack.name} has no container ${workload}`);
  const [all] = JSON.parse(await docker(["inspect", found.Id])) as Server[];
  if (all === undefined) throw new Error(`${found.Name} is gone`);
  return all;
}

/** The volume that is mounted there. @throws Error where none is */
export function volumeAt({ Mounts }: Server, path: string): string {
  const name = Mounts.find(({ Destination }) => Destination === path)?.Name;
  if (name === undefined) throw new Error(`the server has no volume at ${path}`);
  return name;
}
