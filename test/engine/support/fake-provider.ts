import type { Provider, ResourceType } from "#engine/provider";
import { checkBridged, diffBridged } from "#engine/providers/bridge";
import { text } from "#engine/providers/shape";
import type { Schema } from "#engine/providers/bridge";
import type { Properties } from "#engine/values";

const schema: Schema = {
  name: { change: "replace" },
  size: { change: "update" },
  kind: { change: "replace" },
  link: { change: "replace" },
  secret: { change: "update" },
  options: { change: "update" },
};

/** The type that test programs register. */
export const thing = "fake:index:Thing";

/** A provider whose things exist in memory only; `events` tells what was done, in order. */
export class FakeProvider implements Provider {
  readonly package = "fake";
  readonly settings = ["place"];
  readonly types = [thing];
  readonly events: string[] = [];
  readonly things = new Map<string, Properties>();
  /** Called with the logical name in the middle of a create, after its effect. */
  afterEffect: (name: string) => Promise<void> = () => Promise.resolve();
  deleteFirst = false;

  open(): ReadonlyMap<string, ResourceType> {
    return new Map([[thing, this.#type()]]);
  }

  #type(): ResourceType {
    return {
      secretOutputs: ["token"],
      check: (inputs, old, name) => checkBridged(inputs, old, name, "fake:Thing", schema),
      diff: (existing, inputs) => diffBridged(existing, inputs, schema, this.deleteFirst),
      create: async (inputs, context) => {
        const id = text(inputs["name"]);
        this.events.push(`create ${context.name}`);
        this.things.set(id, inputs);
        await this.afterEffect(context.name);
        return { id, outputs: { ...inputs, token: `token-of-${context.name}` } };
      },
      update: (existing, inputs, context) => {
        this.events.push(`update ${context.name}`);
        this.things.set(existing.id, inputs);
        return Promise.resolve({ ...existing.outputs, ...inputs });
      },
      delete: (existing, context) => {
        this.events.push(`delete ${context.name}`);
        if (!this.things.delete(existing.id)) throw new Error(`${existing.id} is not there`);
        return Promise.resolve();
      },
      recover: (inputs, context) => {
        const id = text(inputs["name"]);
        this.events.push(`recover ${context.name}`);
        const found = this.things.get(id);
        return Promise.resolve(found === undefined ? undefined : { id, outputs: found });
      },
    };
  }
}
