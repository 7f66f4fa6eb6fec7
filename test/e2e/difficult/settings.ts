// The settings that matter for a release, and what they make of a behaviour.
import { pairwise } from "../../support/pairwise.js";
import { behaviours, gates, type Caught } from "./behaviours.js";

/** What each row of the cover chooses from. */
const factors = {
  behaviour: behaviours,
  smoke: [true, false],
  watch: [true, false],
  replicas: [1, 3],
  secretsAs: ["files", "environment"],
  tls: ["off", "self-signed"],
  migration: ["none", "good", "bad"],
  /** Another setting of the proxy comes with it, so that HAProxy reloads. */
  reloads: [true, false],
} as const;
type Factors = typeof factors;

/** A release: a behaviour, and the settings under which it is tried. */
export type Row = { readonly [Key in keyof Factors]: Factors[Key][number] };
export type Settings = Omit<Row, "behaviour">;

/** Every pair of a behaviour and a setting, and of two settings, in one row at least. */
export function cover(random: () => number): Row[] {
  return pairwise<Row>(factors, random, ({ behaviour, migration }) => {
    if (behaviour === undefined || migration === undefined) return true;
    // What comes after a migration that fails is not tried.
    return (behaviour.migration === "bad") === (migration === "bad");
  });
}

/** What is right for a release. */
export type Expectation =
  | { readonly result: "live" }
  | {
      /** `failed`: the new version gets no client; `rolled-back`: it is taken back from them. */
      readonly result: "failed" | "rolled-back";
      readonly caught: Caught;
    };

/** What is right for a row: the first gate that looks, and finds the behaviour out. */
export function expectationOf({ behaviour, ...settings }: Row): Expectation {
  const found = gates
    .map((gate) => behaviour.caught.find(({ by }) => by === gate))
    .find((caught) => caught !== undefined && looks(caught, settings));
  if (found === undefined) return { result: "live" };
  const taken = ["through", "watch", "after"].includes(found.by);
  return { result: taken ? "rolled-back" : "failed", caught: found };
}

function looks({ by, when }: Caught, settings: Settings): boolean {
  if (when?.(settings) === false) return false;
  if (by === "smoke" || by === "through") return settings.smoke;
  return by !== "watch" || settings.watch;
}

/** A row as text: the name of its test. */
export function nameOf({ behaviour, ...settings }: Row): string {
  const { smoke, watch, replicas, secretsAs, migration, reloads } = settings;
  const named = [
    smoke ? "smoke test" : "no smoke test",
    watch ? "watch" : "no watch",
    replicas === 1 ? "1 replica" : `${replicas} replicas`,
    secretsAs,
    `migration ${migration}`,
    reloads ? "reload" : "servers",
  ];
  return `${behaviour.name} (${named.join(", ")})`;
}
