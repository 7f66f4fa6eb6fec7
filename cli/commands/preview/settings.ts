import { secretsDirectory } from "#lib/platform";
import { hidden, listOf, unknown, type Previewed, type Values } from "./steps.js";

/** Names of the secrets that differ between two volumes of secrets; undefined where that is not known. */
export type SecretNames = (before: string, after: string) => readonly string[] | undefined;

/** Differences of a container's settings, as text; values are named only where they can be no secret. */
export function changedSettings(container: Previewed, secretNames: SecretNames): string[] {
  const { old = {}, new: now = {}, changed } = container;
  const texts = changed.flatMap((key) => textsFor(key, old, now, secretNames));
  return [...new Set(texts)];
}

type Describe = (old: Values, now: Values, secretNames: SecretNames) => string[];

function textsFor(key: string, old: Values, now: Values, secretNames: SecretNames): string[] {
  const describe = special[key];
  return describe === undefined ? [names[key] ?? key] : describe(old, now, secretNames);
}

const special: Readonly<Record<string, Describe>> = {
  image: (old, now) => [fromTo("image", old["image"], now["image"])],
  memory: (old, now) => [fromTo("memory", old["memory"], now["memory"], " MiB")],
  cpus: (old, now) => [fromTo("processors", old["cpus"], now["cpus"])],
  envs: (old, now) => variables(old["envs"], now["envs"]),
  command: (old, now) => command(old["command"], now["command"]),
  ports: (old, now) => [fromTo("published ports", ports(old["ports"]), ports(now["ports"]))],
  volumes: (old, now, secretNames) => volumes(old["volumes"], now["volumes"], secretNames),
  // It follows the memory, and the name follows the replacement.
  memorySwap: () => [],
  name: () => [],
};

/** Names of Docker's settings, as Keelson's. */
const names: Readonly<Record<string, string>> = {
  networksAdvanced: "networks",
  stopTimeout: "stop limit",
  destroyGraceSeconds: "stop limit",
  waitTimeout: "start limit",
  readOnly: "read-only root",
  shmSize: "shared memory",
};

function fromTo(what: string, old: unknown, now: unknown, unit = ""): string {
  const [before, after] = [old, now].map(plain);
  if (before === undefined || after === undefined) return what;
  return `${what} ${before} → ${after}${unit}`;
}

function plain(value: unknown): string | undefined {
  if (value === undefined || value === null || value === "") return "none";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.includes(unknown) || text === hidden ? undefined : text;
}

function variables(old: unknown, now: unknown): string[] {
  const [before, after] = [old, now].map(pairs);
  if (before === undefined || after === undefined) return ["variables (they hold secrets)"];
  return several("variable", differing(before, after));
}

/** `NAME=value` by name; undefined for a list that is sealed as a whole. */
function pairs(list: unknown): Map<string, string> | undefined {
  if (list === undefined || list === null) return new Map();
  if (!Array.isArray(list) || list.includes(hidden)) return undefined;
  return new Map(
    list.map((each) => {
      const [name = "", ...value] = String(each).split("=");
      return [name, value.join("=")];
    }),
  );
}

/** A server's parameters by name, or that the arguments differ. */
function command(old: unknown, now: unknown): string[] {
  const [before, after] = [old, now].map(parameters);
  if (before === undefined || after === undefined) return ["command"];
  return several("parameter", differing(before, after));
}

/** Names whose value is another, or that only one of the two has. */
function differing(before: Map<string, string>, after: Map<string, string>): string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].filter((name) => before.get(name) !== after.get(name));
}

/** `<program> -c name=value …`; undefined for a command of another form. */
function parameters(args: unknown): Map<string, string> | undefined {
  if (!Array.isArray(args) || args.length < 3) return undefined;
  const [, ...rest] = args.map(String);
  if (!rest.every((word, index) => index % 2 === 1 || word === "-c")) return undefined;
  return pairs(rest.filter((_, index) => index % 2 === 1));
}

function ports(list: unknown): string {
  return listOf(list)
    .map(({ ip, external }) => `${typeof ip === "string" ? ip : ""}:${String(external)}`)
    .sort()
    .join(" ");
}

function volumes(old: unknown, now: unknown, secretNames: SecretNames): string[] {
  const [before, after] = [old, now].map(mounts) as [Map<string, string>, Map<string, string>];
  return differing(before, after).flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (path === secretsDirectory) return several("secret", secretsOf(was, is, secretNames));
    if (was === undefined) return [`volume at ${path} added`];
    return is === undefined ? [`volume at ${path} removed`] : [`volume at ${path}`];
  });
}

function mounts(list: unknown): Map<string, string> {
  return new Map(
    listOf(list).map((each) => [String(each["containerPath"]), String(each["volumeName"])]),
  );
}

function secretsOf(was: string | undefined, is: string | undefined, secretNames: SecretNames) {
  return secretNames(was ?? "", is ?? "") ?? [];
}

/** `variables A, B`; the plain word where no name is known. */
function several(what: string, list: readonly string[]): string[] {
  if (list.length === 0) return [`${what}s`];
  return [`${list.length > 1 ? `${what}s` : what} ${list.join(", ")}`];
}
