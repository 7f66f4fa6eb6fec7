// What a stack is that nothing is wrong with: the host has what the state says, and no more.
import { expect } from "vitest";
import { docker, until } from "./docker.js";
import type { Stack } from "./stack.js";

/**
 * Asserts that host and state agree, and that nothing is half done or left over.
 *
 * @param kept last parts of the names of volumes that stay on the host when the stack no longer has them
 */
export async function expectWhole(stack: Stack, kept: readonly string[] = []): Promise<void> {
  const { present, pending, halfDeleted } = await recorded(stack);
  const { volumes, ...others } = await onHost(stack);
  const isKept = (name: string) =>
    !present.volumes.includes(name) && kept.some((part) => name.endsWith(`-${part}`));
  expect({ ...others, volumes: volumes.filter((name) => !isKept(name)) }).toEqual(present);
  expect(volumes.filter(isKept)).toHaveLength(kept.length);
  expect({ pending, halfDeleted }).toEqual({ pending: 0, halfDeleted: 0 });
  await until(
    "one-shots that were left are gone",
    async () => (await strangers(stack)).length === 0,
  );
}

/** Ids of the containers and networks, names of the volumes that the state holds. */
async function recorded(stack: Stack) {
  const { resources, pending } = await stack.state();
  const of = (type: string) =>
    resources
      .filter((each) => each.type === `docker:index/${type}`)
      .map(({ id }) => id ?? "")
      .sort();
  return {
    present: {
      containers: of("container:Container"),
      networks: of("network:Network"),
      volumes: of("volume:Volume"),
    },
    pending: pending.length,
    halfDeleted: resources.filter((each) => each.delete === true).length,
  };
}

async function onHost(stack: Stack) {
  const { containers, networks, volumes } = await stack.present();
  return { containers: containers.sort(), networks: networks.sort(), volumes: volumes.sort() };
}

/** Containers on the stack's networks that are none of its own: one-shots that a killed run left behind. */
async function strangers(stack: Stack): Promise<string[]> {
  const { containers, networks } = await stack.present();
  const format = "{{range $id, $_ := .Containers}}{{$id}} {{end}}";
  const on = await docker(["network", "inspect", "--format", format, ...networks]);
  return on.split(/\s+/).filter((id) => id !== "" && !containers.includes(id));
}
