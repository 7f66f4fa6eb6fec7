import { html, type Html } from "./html.js";

const numbers = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const wholes = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Of three significant digits, thousands whole: `0.25`, `12.3`, `1,234`. */
export function amount(value: number): string {
  return value >= 1000 ? wholes.format(value) : numbers.format(value);
}

/** A length of time: `8 ms`, `1.2 s`, `12 min`, `3 h`. */
export function span(seconds: number): string {
  if (seconds < 0.9995) return `${amount(seconds * 1000)} ms`;
  if (seconds < 120) return `${amount(seconds)} s`;
  if (seconds < 7200) return `${amount(seconds / 60)} min`;
  return `${amount(seconds / 3600)} h`;
}

/** A share of all: `0 %`, `0.3 %`, `37 %`. What is not nothing is not shown as nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.01) return "< 0.01 %";
  return `${value < 10 ? String(Number(value.toFixed(2))) : wholes.format(value)} %`;
}

/** `1 problem`, `2 problems`. */
export function counted(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** `2026-11-30 08:05`, in UTC. */
export function moment(at: Date): string {
  return at.toISOString().slice(0, 16).replace("T", " ");
}

/** `08:05`, in UTC. */
export function clock(at: Date): string {
  return at.toISOString().slice(11, 16);
}

/** `30 Nov`, in UTC. */
export function day(at: Date): string {
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

/** A moment in a table of many: as HTML reads one without more ado. */
export function stamp(at: Date): Html {
  return html`<time>${moment(at)}Z</time>`;
}

/** A moment that a program can read as well. */
export function time(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${moment(at)}</time>`;
}
