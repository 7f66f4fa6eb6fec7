import { describe, expect, it } from "vitest";
import { bases } from "../support/there-and-back/bases.js";
import { StandInStack, type Wanted } from "../support/there-and-back/stack.js";

type State = StandInStack["state"];

/** The state as version 0.1 left it: components without a parent, and the route's parts under the proxy. */
function withoutParents(state: State): State {
  const own = ["keelson:index:Stack", "keelson:components:Route"];
  const urnOf = (type: string) => state.resources.find((each) => each.type === type)?.urn ?? "";
  const moved = (text: string) => {
    if (text === urnOf("keelson:components:Route")) return urnOf("keelson:components:Proxy");
    if (text === urnOf("keelson:index:Stack")) return urnOf("pulumi:pulumi:Stack");
    return text;
  };
  const before = (text: string) =>
    moved(text)
      .replace("keelson:index:Stack$", "")
      .replace("keelson:components:Route$", "keelson:components:Proxy$");
  const resources = state.resources.filter(({ type }) => !own.includes(type));
  return { ...state, resources: withTexts(resources, before) };
}

/** A value with every text of its plain mappings and lists as another one. */
function withTexts<T>(value: T, by: (text: string) => string): T {
  const walk = (each: unknown): unknown => {
    if (typeof each === "string") return by(each);
    if (Array.isArray(each)) return each.map(walk);
    if (typeof each !== "object" || each === null) return each;
    if (Object.getPrototypeOf(each) !== Object.prototype) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [by(key), walk(inner)]));
  };
  return walk(value) as T;
}

/** Version 0.1 had no jobs. */
function withoutJobs(base: Wanted): Wanted {
  const sections = Object.entries(base.sections).filter(([key]) => key !== "jobs");
  return { ...base, sections: Object.fromEntries(sections) };
}

describe.each(Object.keys(bases) as (keyof typeof bases)[])(
  "a stack of version 0.1 (%s)",
  (name) => {
    it("is the same one under its new parents: nothing of it is made, replaced or deleted", async () => {
      const stack = new StandInStack();
      const base = withoutJobs(bases[name]);
      await stack.up(base);
      const urns = new Set(stack.state.resources.map(({ urn }) => urn));
      stack.state = withoutParents(stack.state);
      const before = stack.state.resources.map(({ urn }) => urn);
      expect(before.filter((urn) => /index:Stack\$|Route/.test(urn))).toEqual([]);
      // The stack, its identity and the Docker host have the place that they had.
      expect(before.filter((urn) => urns.has(urn)).length).toBeLessThan(5);

      const changes = await stack.up(base);

      // The two new components, which are nothing on the host.
      expect(changes).toMatchObject({ create: 2, update: 0, replace: 0, delete: 0 });
      expect(stack.problems()).toEqual([]);
      expect(new Set(stack.state.resources.map(({ urn }) => urn))).toEqual(urns);
    });
  },
);
