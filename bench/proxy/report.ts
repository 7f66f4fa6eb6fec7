import { markdownTable } from "#lib/markdown";
import { median, shown } from "../statistics.js";
import type { Measured } from "./arena.js";

/** A proxy and its rounds. */
export interface Result {
  readonly name: string;
  readonly title: string;
  readonly rounds: readonly Measured[];
}

/** The medians of the rounds, and what the project promises of them. */
export function proxyTable(results: readonly Result[]): string {
  const named = (wanted: string) => results.find(({ name }) => name === wanted);
  const of = ({ rounds }: Result, what: keyof Measured) => median(rounds.map((each) => each[what]));
  const ratio = (result: Result, to: Result | undefined, what: keyof Measured) =>
    shown(to === undefined ? NaN : of(result, what) / of(to, what));
  const [bare, caddy] = [named("bare"), named("caddy")];
  const head = [
    "Proxy",
    "Requests a second",
    "÷ bare HAProxy",
    "÷ Caddy",
    "p99",
    "p99 ÷ bare",
    "Processor time a request",
    "÷ bare",
  ];
  const rows = results.map((result) => [
    result.title,
    shown(of(result, "rate")),
    ratio(result, bare, "rate"),
    ratio(result, caddy, "rate"),
    shown(of(result, "p99Ms"), "ms"),
    ratio(result, bare, "p99Ms"),
    shown(of(result, "cpuMicros"), "µs"),
    ratio(result, bare, "cpuMicros"),
  ]);
  return markdownTable([head, ...rows]);
}
