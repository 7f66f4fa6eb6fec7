import { isMapping, type Mapping } from "#lib/merge";
import { slug } from "#lib/identifiers";
import { within, type Draft } from "./draft.js";
import { argumentsOf } from "./procfile.js";
import { takeVariables } from "./variables.js";

/** Options that Keelson sets itself for each container: nothing is lost by leaving them. */
export const ownWay = new Set(
  "restart depends_on networks container_name init logging hostname expose links stdin_open tty".split(
    " ",
  ),
);

/** Takes over the service that is the app; what Keelson has no word for is listed. */
export function takeAppService(draft: Draft, name: string, service: Mapping): void {
  draft.found.push(`service ${name}: the app`);
  for (const [key, value] of Object.entries(service)) {
    const take = keys[key];
    if (take !== undefined) take(draft, value);
    else if (!ownWay.has(key)) draft.left.push(`service ${name}: ${key}: ${JSON.stringify(value)}`);
  }
}

type Take = (draft: Draft, value: unknown) => void;

const keys: Readonly<Record<string, Take>> = {
  build: takeBuild,
  image: (draft, value) => {
    if (isMapping(draft.app["build"]) && draft.found.includes(ownBuild)) return;
    delete draft.app["build"];
    draft.app["image"] = value;
  },
  command: (draft, value) => {
    const args = Array.isArray(value) ? value.map(String) : argumentsOf(String(value));
    if (args === undefined)
      draft.left.push(`command: ${String(value)}: it needs a shell; put it into a script`);
    else draft.app["command"] = args;
  },
  environment: (draft, value) => {
    takeVariables(draft, environmentOf(value), "the compose file");
  },
  env_file: (draft, value) => {
    draft.left.push(
      `env_file: ${JSON.stringify(value)}: put its secrets into .env, the rest into app.env`,
    );
  },
  ports: takePorts,
  volumes: takeVolumes,
  healthcheck: takeHealthcheck,
  user: (draft, value) => {
    const user = /^[1-9]\d*:[1-9]\d*$/.exec(String(value))?.[0];
    if (user === undefined)
      draft.left.push(`user: ${String(value)}: Keelson wants uid:gid, neither of them 0`);
    else draft.app["user"] = user;
  },
  read_only: (draft, value) => {
    draft.app["readOnlyRoot"] = value === true;
  },
  stop_grace_period: (draft, value) => {
    draft.app["stopTimeout"] = value;
  },
  mem_limit: takeMemory,
  scale: (draft, value) => {
    draft.app["replicas"] = value;
  },
};

const ownBuild = "app.build, as the compose file has it";

function takeBuild(draft: Draft, value: unknown): void {
  const build: Mapping = isMapping(value) ? value : { context: value };
  const { context = ".", dockerfile, target, args, ...rest } = build;
  draft.app["build"] = {
    context: [
      "..",
      String(context)
        .replace(/^\.\/?/, "")
        .replace(/\/$/, ""),
    ]
      .filter(Boolean)
      .join("/"),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(target === undefined ? {} : { target }),
    ...(isMapping(args) ? { args } : {}),
  };
  draft.found.push(ownBuild);
  for (const key of Object.keys(rest))
    draft.left.push(`build.${key}: ${JSON.stringify(rest[key])}`);
}

/** Values by name. What the shell gives is a secret's business, or has a default. */
function environmentOf(value: unknown): Record<string, string> {
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((each) => splitAt(String(each), "="))
    : Object.entries(isMapping(value) ? value : {});
  return Object.fromEntries(entries.map(([name, each]) => [name, withDefaults(textOf(each))]));
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** `${NAME:-default}` is its default, `${NAME}` has none, and `$$` is a dollar sign. */
function withDefaults(text: string): string {
  const written = /\$\$|\$\{\w+(?::?-([^}]*))?[^}]*\}|\$\w+/g;
  return text.replace(written, (all, given?: string) => (all === "$$" ? "$" : (given ?? "")));
}

function takePorts(draft: Draft, value: unknown): void {
  const [first, ...more] = Array.isArray(value) ? (value as unknown[]) : [value];
  const target = isMapping(first)
    ? first["target"]
    : String(first).split("/")[0]?.split(":").at(-1);
  const port = Number(target);
  if (Number.isInteger(port)) draft.app["port"] = port;
  for (const each of Number.isInteger(port) ? more : [first, ...more])
    draft.left.push(`port ${JSON.stringify(each)}: the proxy alone is reached from outside`);
}

function takeVolumes(draft: Draft, value: unknown): void {
  for (const each of Array.isArray(value) ? (value as unknown[]) : []) {
    const [name = "", path = ""] = isMapping(each)
      ? [String(each["source"]), String(each["target"])]
      : String(each).split(":");
    const isName = /^[\w-]+$/.test(name) && path.startsWith("/");
    const named = name.toLowerCase().replaceAll("_", "-");
    if (!isName || !slug.safeParse(named).success) {
      draft.left.push(`volume ${JSON.stringify(each)}: a folder of the host is not mounted`);
      continue;
    }
    const volumes = (draft.app["volumes"] ??= []) as Mapping[];
    volumes.push({ name: named, path, backup: true });
    draft.left.push(`data of the volume ${name}: copy them into the new one`);
  }
}

function takeHealthcheck(draft: Draft, value: unknown): void {
  const test: unknown = isMapping(value) ? value["test"] : undefined;
  const args = Array.isArray(test) ? test.map(String) : [textOf(test)];
  const path = /https?:\/\/[^/\s"']+(\/[\w./-]*)/.exec(args.join(" "))?.[1];
  if (path !== undefined) {
    within(draft.app, "health")["path"] = path;
    draft.open.splice(
      0,
      draft.open.length,
      ...draft.open.filter((each) => !each.startsWith("app.health.path")),
    );
  } else if (args[0] === "CMD") within(draft.app, "health")["command"] = args.slice(1);
  else draft.left.push(`healthcheck: ${JSON.stringify(test)}`);
}

function takeMemory(draft: Draft, value: unknown): void {
  const [, amount, unit = ""] = /^(\d+)\s*([mg])b?$/i.exec(String(value)) ?? [];
  if (amount === undefined) draft.left.push(`mem_limit: ${String(value)}`);
  else draft.app["memory"] = `${amount}${unit.toLowerCase() === "g" ? "GiB" : "MiB"}`;
}

function splitAt(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
