/** A fault of a schedule, and the advice: the two halves of a problem's line. */
export type CronFault = readonly [wrong: string, advice: string];

/**
 * Returns the reason why a text is no schedule that supercronic runs, and that means the same to the parser by which we foresee its runs;
 * undefined where nothing is wrong. Either of them takes more: H and names of more letters one, W, `@daily` and a year
 * the other. A weekday of two digits is Sunday to supercronic, whatever it says, and a range up to 7 ends at 0.
 */
export function cronFault(text: string, zone = "UTC"): CronFault | undefined {
  if (/[\r\n]/.test(text)) return ["is of more than one line", "write it in one"];
  const fields = text.trim().split(/[ \t]+/);
  const all = fields.length === 7 ? withSeconds : fields.length === 5 ? usual : undefined;
  if (all === undefined) return ["is not a cron schedule", byName[text.trim()] ?? fiveFields(zone)];
  for (const [index, field] of all.entries()) {
    const fault = fieldFault(fields[index] ?? "", field);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** In place of numbers, the first standing for `least`. */
  readonly names?: readonly string[];
  /** Other forms of a value. */
  readonly special?: RegExp;
}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const weekdays = "sun mon tue wed thu fri sat".split(" ");

const usual: readonly Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day", least: 1, most: 31, special: /^L$/i },
  { name: "month", least: 1, most: 12, names: months },
  { name: "weekday", least: 0, most: 6, names: weekdays, special: /^(7|[0-7]L|[0-6]#[1-5])$/i },
];
const withSeconds: readonly Field[] = [
  { name: "second", least: 0, most: 59 },
  ...usual,
  // Once its last year is over, supercronic would look for the next run without a pause.
  { name: "year", least: 0, most: -1 },
];

const fiveFields = (zone: string) =>
  `write five fields in ${zone}, such as "0 2 * * *" for 02:00 every day`;
const byName: Readonly<Record<string, string>> = {
  "@hourly": 'write it as "0 * * * *"',
  "@daily": 'write it as "0 0 * * *"',
  "@midnight": 'write it as "0 0 * * *"',
  "@weekly": 'write it as "0 0 * * 0"',
  "@monthly": 'write it as "0 0 1 * *"',
  "@yearly": 'write it as "0 0 1 1 *"',
  "@annually": 'write it as "0 0 1 1 *"',
};

function fieldFault(text: string, field: Field): CronFault | undefined {
  if (text === "*" || (text === "?" && field.special !== undefined)) return undefined;
  if (field.name === "year") return [`has "${text}" for its year`, "write * there, or five fields"];
  for (const entry of text.split(",")) {
    const fault = entryFault(entry, field);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Of one value, a range or a step. */
function entryFault(entry: string, field: Field): CronFault | undefined {
  const { name, most } = field;
  if (field.special?.test(entry) === true) return undefined;
  const wrong = `has "${entry}" for its ${name}`;
  const [, from = "", to, step] = shape.exec(entry) ?? [];
  if (step !== undefined && (Number(step) < 1 || Number(step) > most)) {
    return [wrong, `write a step from 1 to ${String(most)}`];
  }
  if (from === "*" && to === undefined && step !== undefined) return undefined;
  const first = valueOf(from, field);
  if (first === undefined) return [wrong, adviceFor(field)];
  if (to !== undefined) return rangeFault(wrong, first, to, field);
  if (step === undefined || name !== "weekday") return undefined;
  return [wrong, `write where its steps end: ${range(first, most)}/${step}`];
}

function rangeFault(wrong: string, first: number, to: string, field: Field): CronFault | undefined {
  const { name, least, most } = field;
  const last = valueOf(to, field);
  if (last === undefined) {
    if (name !== "weekday" || to !== "7") return [wrong, adviceFor(field)];
    return [`${wrong}, and no range ends at 7`, `write it as ${toSunday(first)}`];
  }
  if (first <= last) return undefined;
  const two = `${range(first, most)},${range(least, last)}`;
  return [`${wrong}, which ends before it begins`, `write two ranges: ${two}`];
}

const shape = /^([a-z0-9]+|\*)(?:-([a-z0-9]+))?(?:\/(\d{1,2}))?$/i;

function adviceFor({ least, most, names }: Field): string {
  const numbers = `numbers from ${String(least)} to ${String(most)}`;
  const kinds = names === undefined ? numbers : `${numbers}, ${names.slice(0, 2).join(", ")} …`;
  return `write *, ${kinds}, ranges such as 1-5, steps such as */2, or a list of those`;
}

function valueOf(text: string, { name, least, most, names }: Field): number | undefined {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return least + named;
  if (!(name === "weekday" ? /^\d$/ : /^\d{1,2}$/).test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

function toSunday(first: number): string {
  return first <= 1 ? "*" : `${range(first, 6)},0`;
}

function range(first: number, last: number): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}
