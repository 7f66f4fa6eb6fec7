import { EngineError, messageOf } from "../../errors.js";
import type { Context, Created, Diff, Existing, ResourceType } from "../../provider.js";
import { equal, without } from "../../values.js";
import type { Properties } from "../../values.js";
import { checkBridged, diffBridged, differs } from "../bridge.js";
import { DockerError } from "./client.js";
import { changeOf, creationOf, endpointOf } from "./container-request.js";
import { appliedInPlace, containerSchema } from "./container-schema.js";
import { outputsOf } from "./container-state.js";
import type { ContainerJson } from "./container-json.js";
import { waitHealthy } from "./health.js";
import { ensureImage } from "./image.js";
import type { RegistryLogin } from "./image.js";
import type { LazyClient } from "./client.js";
import { objects, text } from "../shape.js";

const clockSkewMilliseconds = 5000;

/** docker:index/container:Container. */
export function containerType(client: LazyClient, logins: RegistryLogin[]): ResourceType {
  return {
    sealedWhole: ["envs"],
    check: (inputs, old, name) => check(inputs, old, name),
    diff,
    create: (inputs, context) => create(client, logins, inputs, context),
    update: (existing, inputs) => update(client, existing, inputs),
    delete: (existing) => remove(client, existing.id, existing.outputs),
    read: async (existing) => {
      const container = await inspect(client, existing.id);
      return container === undefined
        ? undefined
        : { ...existing.outputs, ...outputsOf(existing.inputs, container) };
    },
    recover: (inputs, context) => recover(client, inputs, context),
  };
}

function check(inputs: Properties, old: Properties | undefined, name: string): Properties {
  const checked = checkBridged(inputs, old, name, "docker:Container", containerSchema);
  if (objects(checked["networksAdvanced"]).some((network) => "macAddress" in network))
    throw new EngineError(
      `docker:Container ${name}: the embedded engine does not know "networksAdvanced.macAddress".`,
    );
  return checked;
}

function diff(existing: Existing, inputs: Properties): Diff {
  const found = diffBridged(existing, inputs, containerSchema, true);
  const { outputs } = existing;
  // A refresh found it stopped: an update starts it again; but one with ports is recreated.
  if (outputs["mustRun"] === false && inputs["mustRun"] === true) found.changed.push("mustRun");
  const portsLost = equal(outputs["ports"], []) && objects(inputs["ports"]).length > 0;
  if (portsLost && existing.initErrors.length === 0) found.replace.push("ports");
  // The state has what Docker made of it: "1.50" comes back as "1.5" and replaces again and again.
  const { cpus } = outputs;
  if (typeof cpus === "string" && typeof inputs["cpus"] === "string" && cpus !== inputs["cpus"])
    found.replace.push("cpus");
  // A failed create leaves no computed values behind; those that replace look like changes.
  if (existing.initErrors.length > 0)
    for (const key of ["command", "entrypoints"])
      if (inputs[key] === undefined || inputs[key] === null) found.replace.push(key);
  return found;
}

async function create(
  client: LazyClient,
  logins: RegistryLogin[],
  inputs: Properties,
  context: Context,
): Promise<Created> {
  await ensureImage(client(), text(inputs["image"]), logins, context);
  const { Id } = await client().call<{ Id: string }>("POST", "/containers/create", {
    query: { name: text(inputs["name"]) },
    body: creationOf(inputs),
  });
  try {
    await connect(client, Id, inputs);
    if (inputs["start"] !== false) {
      await client().call("POST", `/containers/${Id}/start`);
      if (inputs["wait"] === true) await waitHealthy(client(), Id, inputs, context);
    }
    if (inputs["attach"] === true) await attach(client, Id, context);
  } catch (error) {
    // It exists, so it is kept in the state, as it is, for the next run to see to.
    return { id: Id, outputs: { ...inputs, id: Id }, initErrors: [messageOf(error)] };
  }
  return { id: Id, outputs: outputsOf(inputs, await require(client, Id)) };
}

// The real provider makes it on the default bridge first and takes it off again. Whoever makes it on
// its networks at once has another network mode in the end, which a refresh takes for drift.
async function connect(client: LazyClient, id: string, inputs: Properties): Promise<void> {
  const networks = objects(inputs["networksAdvanced"]);
  if (networks.length === 0) return;
  try {
    const body = { Container: id, Force: false };
    await client().call("POST", "/networks/bridge/disconnect", { body });
  } catch (error) {
    if (!messageOf(error).includes("is not connected to")) throw error;
  }
  for (const network of networks) {
    const name = encodeURIComponent(text(network["name"]));
    await client().call("POST", `/networks/${name}/connect`, { body: endpointOf(network, id) });
  }
}

async function attach(client: LazyClient, id: string, context: Context): Promise<void> {
  const query = { condition: "not-running" };
  await client().call("POST", `/containers/${id}/wait`, { query, signal: context.signal });
}

async function update(
  client: LazyClient,
  existing: Existing,
  inputs: Properties,
): Promise<Properties> {
  const { id } = existing;
  if (
    existing.outputs["mustRun"] === false &&
    inputs["mustRun"] === true &&
    inputs["start"] === true
  )
    await client().call("POST", `/containers/${id}/start`);
  const applied = appliedInPlace.some((key) =>
    differs(containerSchema[key] ?? { change: "update" }, existing.inputs[key], inputs[key]),
  );
  if (applied) await client().call("POST", `/containers/${id}/update`, { body: changeOf(inputs) });
  // Like the real provider it does not look again: what was not applied is in the state as if it had
  // been. Only a failed create has left no outputs to build on.
  if (existing.initErrors.length > 0) return outputsOf(inputs, await require(client, id));
  return { ...existing.outputs, ...without(inputs, "__defaults") };
}

async function remove(client: LazyClient, id: string, outputs: Properties): Promise<void> {
  if (outputs["attach"] !== true) {
    // Without `destroyGraceSeconds` the real provider gives no time at all; nor may this one.
    const grace = Number(outputs["destroyGraceSeconds"] ?? 0);
    await tolerant([304, 404], () =>
      client().call("POST", `/containers/${id}/stop`, { query: { t: String(grace) } }),
    );
  }
  const query = { force: "true", v: String(outputs["removeVolumes"] !== false) };
  await tolerant([404, 409], () => client().call("DELETE", `/containers/${id}`, { query }));
  await tolerant([404], () =>
    client().call("POST", `/containers/${id}/wait`, { query: { condition: "removed" } }),
  );
}

// Never recorded as finished, so it is recreated; what it keeps lies on volumes.
async function recover(
  client: LazyClient,
  inputs: Properties,
  context: Context,
): Promise<undefined> {
  const container = await inspect(client, encodeURIComponent(text(inputs["name"])));
  if (container === undefined) return;
  const defaults = inputs["__defaults"];
  const ownName = Array.isArray(defaults) && defaults.includes("name");
  const since = Date.parse(context.interruptedSince ?? "") - clockSkewMilliseconds;
  // A name that the program gave may be another's, and the create would just have been refused.
  if (!ownName && !(Date.parse(container.Created) >= since)) return;
  await remove(client, container.Id, inputs);
}

async function require(client: LazyClient, id: string): Promise<ContainerJson> {
  const container = await inspect(client, id);
  if (container === undefined)
    throw new EngineError(`container ${id} was removed by another process while it was created`);
  return container;
}

async function inspect(client: LazyClient, id: string): Promise<ContainerJson | undefined> {
  try {
    return await client().call<ContainerJson>("GET", `/containers/${id}/json`);
  } catch (error) {
    if (error instanceof DockerError && error.status === 404) return undefined;
    throw error;
  }
}

async function tolerant(statuses: number[], act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof DockerError) || !statuses.includes(error.status)) throw error;
  }
}
