import type * as pulumi from "@pulumi/pulumi";

/** Mocks of Pulumi's engine, and what a program has asked them for. */
export interface StackMocks extends pulumi.runtime.Mocks {
  /** `<type> <name>` of each resource, in the order in which they were registered; components are among them. */
  readonly made: readonly string[];
}

/**
 * Mocks for unit tests of a program with a `Stack`: they answer as the providers of its resources would, without a Docker
 * host. Resources of other packages get their inputs back as outputs.
 */
export function stackMocks(): StackMocks {
  const made: string[] = [];
  return {
    made,
    newResource: ({ type, name, inputs }) => {
      made.push(`${type} ${name}`);
      return {
        id: `${name}-id`,
        state: { ...(inputs as object), ...computed(type, name, inputs) },
      };
    },
    call: ({ inputs }) => inputs as object,
  };
}

/** Outputs that a resource has beyond its inputs. */
function computed(type: string, name: string, inputs: unknown): object {
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { result: `generated-${name}` };
    case "command:local:Command":
      return { stdout: "", stderr: "" };
    case "docker:index/container:Container":
    case "docker:index/network:Network":
    case "docker:index/volume:Volume":
      return { name: (inputs as { readonly name?: string }).name ?? name };
    default:
      return {};
  }
}
