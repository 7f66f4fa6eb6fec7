import { randomBytes } from "node:crypto";
import type { Context, Created, Provider, ResourceType } from "#engine/provider";
import { providers } from "#engine/providers/index";
import { text } from "#engine/providers/shape";
import type { Properties } from "#engine/values";
import { runCommand } from "./commands.js";
import type { StandInHost } from "./host.js";
import { undo } from "./jobs.js";

/** What has an effect; how inputs are checked and compared stays the engine's own. */
type Effects = Pick<ResourceType, "create" | "update" | "delete" | "read">;

/** The engine's own packages, on a stand-in host. @param prefix `<app>-<stack>-`, which names are shown without */
export function standIns(host: StandInHost, prefix: string): Provider[] {
  return providers({}, ".").map((provider) =>
    provider.package === "random" ? provider : standIn(provider, host, prefix),
  );
}

function standIn(provider: Provider, host: StandInHost, prefix: string): Provider {
  const open: Provider["open"] = (settings) =>
    new Map(
      [...provider.open(settings)].map(([token, type]) => {
        const short = token.split(":").at(-1) ?? token;
        const named = ({ name }: Context) =>
          name.startsWith(prefix) ? name.slice(prefix.length) : name;
        return [token, standInType(short, type, host, named)];
      }),
    );
  return { ...provider, open };
}

function standInType(
  short: string,
  type: ResourceType,
  host: StandInHost,
  named: (context: Context) => string,
): ResourceType {
  // Nothing of the real type's effects may be left.
  const pure: ResourceType = { ...type };
  delete pure.recover;
  const make = effects[short] ?? inMemory;
  return {
    ...pure,
    ...make(host, (operation, context) => `${operation} ${short} ${named(context)}`, named),
  };
}

type Make = (
  host: StandInHost,
  step: (operation: string, context: Context) => string,
  named: (context: Context) => string,
) => Effects;

const effects: Readonly<Record<string, Make>> = {
  Container: container,
  Volume: volume,
  Network: network,
  Command: command,
};

function container(host: StandInHost, step: Parameters<Make>[1]): Effects {
  const create = (inputs: Properties, context: Context): Created => {
    host.step(step("create", context));
    const made = host.createContainer(inputs);
    const outputs = { ...inputs, id: made.id };
    // One that waits for its turn in a release.
    if (inputs["start"] === false) return { id: made.id, outputs };
    try {
      host.step(step("start", context));
      host.start(made);
    } catch (error) {
      return { id: made.id, outputs, initErrors: [String(error)] };
    }
    return { id: made.id, outputs };
  };
  return {
    create: (inputs, context) => attempt(() => create(inputs, context)),
    update: (existing, inputs, context) =>
      attempt(() => {
        host.step(step("update", context));
        const found = host.containers.get(existing.id);
        if (found === undefined) throw new Error(`no such container: ${existing.id}`);
        found.inputs = inputs;
        if (inputs["start"] !== false) host.start(found);
        return { ...existing.outputs, ...inputs };
      }),
    delete: (existing, context) =>
      attempt(() => {
        host.step(step("delete", context));
        host.removeContainer(existing.id);
      }),
    read: (existing) =>
      attempt(() => {
        const found = host.containers.get(existing.id);
        if (found === undefined) return undefined;
        const { mustRun = true } = existing.inputs;
        return { ...existing.outputs, mustRun: found.running ? mustRun : false };
      }),
  };
}

function volume(host: StandInHost, step: Parameters<Make>[1]): Effects {
  return {
    create: (inputs, context) =>
      attempt(() => {
        host.step(step("create", context));
        const name = text(inputs["name"]);
        host.createVolume(inputs);
        return { id: name, outputs: { ...inputs, id: name } };
      }),
    update: (existing) => Promise.resolve(existing.outputs),
    delete: (existing, context) =>
      attempt(() => {
        host.step(step("delete", context));
        host.removeVolume(existing.id);
      }),
  };
}

function network(host: StandInHost, step: Parameters<Make>[1]): Effects {
  return {
    create: (inputs, context) =>
      attempt(() => {
        host.step(step("create", context));
        const id = randomBytes(8).toString("hex");
        host.networks.set(id, text(inputs["name"]));
        return { id, outputs: { ...inputs, id } };
      }),
    update: (existing) => Promise.resolve(existing.outputs),
    delete: (existing, context) =>
      attempt(() => {
        host.step(step("delete", context));
        host.removeNetwork(existing.id);
      }),
  };
}

function command(
  host: StandInHost,
  _step: Parameters<Make>[1],
  named: Parameters<Make>[2],
): Effects {
  const run = (inputs: Properties, context: Context) => ({
    ...inputs,
    stdout: runCommand(host, named(context), inputs),
    stderr: "",
  });
  return {
    create: (inputs, context) =>
      attempt(() => ({ id: randomBytes(4).toString("hex"), outputs: run(inputs, context) })),
    update: (_existing, inputs, context) => attempt(() => run(inputs, context)),
    delete: ({ inputs }, context) =>
      attempt(() => {
        if (inputs["delete"] === undefined) return;
        host.step(`undo Command ${named(context)}`);
        undo(host, inputs);
      }),
  };
}

/** Roles, grants and the like: nothing but their state. */
function inMemory(host: StandInHost, step: Parameters<Make>[1]): Effects {
  return {
    create: (inputs, context) =>
      attempt(() => {
        host.step(step("create", context));
        const id = randomBytes(4).toString("hex");
        return { id, outputs: { ...inputs, id } };
      }),
    update: (existing, inputs, context) =>
      attempt(() => {
        host.step(step("update", context));
        return { ...existing.outputs, ...inputs };
      }),
    delete: (_existing, context) =>
      attempt(() => {
        host.step(step("delete", context));
      }),
  };
}

function attempt<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(act());
  });
}
