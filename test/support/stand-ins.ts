// The embedded engine's packages without a Docker host: what they check and compare is the real thing, what they make is in memory alone.
import type { Created, Provider, ResourceType } from "#engine/provider";
import { providers } from "#engine/providers/index";
import type { Properties } from "#engine/values";
import { root } from "./docker.js";

/** What a stand-in was asked to make, in clear. */
export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
}

/** Packages that make nothing, and remember in `made` what they were asked for. */
export function standIns(made: Made[]): Provider[] {
  return providers({}, root).map((provider) =>
    provider.package === "random"
      ? provider
      : {
          package: provider.package,
          settings: provider.settings,
          types: provider.types,
          open: (settings) =>
            new Map(
              [...provider.open(settings)].map(([type, real]) => [type, standIn(type, real, made)]),
            ),
        },
  );
}

function standIn(type: string, real: ResourceType, made: Made[]): ResourceType {
  const { secretOutputs, spreadsSecrets, sealedWhole } = real;
  return {
    ...(secretOutputs === undefined ? {} : { secretOutputs }),
    ...(spreadsSecrets === undefined ? {} : { spreadsSecrets }),
    ...(sealedWhole === undefined ? {} : { sealedWhole }),
    check: (inputs, old, name) => real.check(inputs, old, name),
    diff: (existing, inputs) => real.diff(existing, inputs),
    create: (inputs, { name }) => {
      made.push({ type, name, inputs });
      return Promise.resolve(createdAs(type, name, inputs));
    },
    update: (existing, inputs, { name }) => {
      made.push({ type, name, inputs });
      return Promise.resolve({ ...existing.outputs, ...inputs });
    },
    delete: () => Promise.resolve(),
  };
}

function createdAs(type: string, name: string, inputs: Properties): Created {
  // Some steps hand on what they read on their standard input, or print.
  const printed = type.startsWith("command:") ? { stdout: `${name} said`, stderr: "" } : {};
  return { id: `${name}-id`, outputs: { name, ...inputs, ...printed } };
}
