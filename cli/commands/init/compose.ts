import { parse } from "yaml";
import { isMapping, type Mapping } from "#lib/merge";
import { postgresMajors } from "#lib/platform";
import { Failure } from "../../io/failure.js";
import { ownWay, takeAppService } from "./compose-app.js";
import { addService, within, type Draft } from "./draft.js";
import { argumentsOf } from "./procfile.js";

/** Takes over a compose file: the app, its database and its Redis servers. @throws Failure for what is none */
export function takeCompose(draft: Draft, text: string, file: string): void {
  let document: unknown;
  try {
    document = parse(text, { merge: true });
  } catch (error) {
    const [reason] = String(error).split("\n");
    throw new Failure(`${file}: is not YAML (${reason ?? ""}); correct it`);
  }
  const services = isMapping(document) ? document["services"] : undefined;
  if (!isMapping(services)) {
    throw new Failure(`${file}: has no services; name a compose file or a Procfile`);
  }
  const all = Object.entries(services).filter((each): each is [string, Mapping] =>
    isMapping(each[1]),
  );
  const app = appOf(all);
  for (const [name, service] of all) {
    if (name === app) continue;
    const image = typeof service["image"] === "string" ? service["image"] : "";
    if (isPostgres(image)) takeDatabase(draft, name, image);
    else if (isRedis(image)) takeRedis(draft, name, service);
    else if (
      !takeProcess(draft, name, service, app === undefined ? {} : (services[app] as Mapping))
    ) {
      draft.left.push(otherService(name, image, service));
    }
  }
  if (app === undefined)
    draft.left.push("no service is the app: none is built, and none publishes a port");
  else takeAppService(draft, app, services[app] as Mapping);
  leaveTopLevel(draft, document as Mapping);
}

/** The service that is built; of several the one with an app's name, else with a port. */
function appOf(services: readonly [string, Mapping][]): string | undefined {
  const candidates = services.filter(([, { image, build }]) => {
    const text = typeof image === "string" ? image : "";
    return build !== undefined || !(isPostgres(text) || isRedis(text) || isProxy(text));
  });
  const built = candidates.filter(([, { build }]) => build !== undefined);
  const among = built.length > 0 ? built : candidates;
  const named = among.find(([name]) => /^(?:app|web|api|backend|server)$/.test(name));
  const published = among.find(([, { ports }]) => ports !== undefined);
  return (named ?? published ?? (built.length > 0 ? built[0] : undefined))?.[0];
}

function takeDatabase(draft: Draft, name: string, image: string): void {
  const major = Number(/:(?:pg)?(\d+)/.exec(image)?.[1]);
  const known = postgresMajors.find((each) => each === major);
  if (known !== undefined) within(draft.sections, "postgres")["version"] = known;
  draft.found.push(`service ${name} (${image}): Keelson's own Postgres, and backups of it`);
  if (known === undefined && !Number.isNaN(major)) {
    draft.open.push(
      `postgres.version: ${name} has ${String(major)}, Keelson ${postgresMajors.join(" and ")}`,
    );
  }
  const extension = /postgis|pgvector|timescale/.exec(image)?.[0];
  if (extension !== undefined) {
    draft.left.push(
      `service ${name}: the extension of ${image}; name an image that has it in images.postgres`,
    );
  }
  draft.left.push(`data of ${name}: bring them with keelson import, from a dump`);
}

function takeRedis(draft: Draft, name: string, service: Mapping): void {
  const lasts =
    service["volumes"] !== undefined ||
    JSON.stringify(service["command"] ?? "").includes("appendonly");
  const use = lasts ? "queue" : "cache";
  draft.sections["redis"] = { [name]: { for: use } };
  draft.found.push(`service ${name}: a Redis server of Keelson's, redis.${name}`);
}

/** A process of the app's own image: its command is all that differs; what else is said of it is listed. */
function takeProcess(draft: Draft, name: string, service: Mapping, app: Mapping): boolean {
  const { build, image, command, ...rest } = service;
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const context = (value: unknown) => (isMapping(value) ? value["context"] : value);
  const ofApp =
    build === undefined
      ? image !== undefined && same(image, app["image"])
      : same(context(build), context(app["build"]));
  if (!ofApp || command === undefined) return false;
  const line = typeof command === "string" ? argumentsOf(command) : undefined;
  const args = Array.isArray(command) ? command.map(String) : line;
  if (args === undefined) return false;
  addService(draft, name, { command: args }, `service ${name}`);
  for (const [key, value] of Object.entries(rest)) {
    if (ownWay.has(key) || same(value, app[key])) continue;
    draft.left.push(`service ${name}: ${key}: ${JSON.stringify(value)}`);
  }
  return true;
}

function otherService(name: string, image: string, service: Mapping): string {
  const what = image === "" ? "built here" : image;
  if (isProxy(image))
    return `service ${name} (${what}): Keelson has a proxy of its own; see the section proxy`;
  const database = /mysql|mariadb|mongo/.exec(image)?.[0];
  if (database !== undefined) return `service ${name} (${what}): Keelson has PostgreSQL alone`;
  const command =
    service["command"] === undefined ? "" : `, command ${JSON.stringify(service["command"])}`;
  return `service ${name} (${what}${command}): write it into services, with an image or a build of its own`;
}

function leaveTopLevel(draft: Draft, document: Mapping): void {
  for (const key of Object.keys(document)) {
    if (["services", "version", "name", "volumes"].includes(key) || key.startsWith("x-")) continue;
    draft.left.push(
      key === "networks"
        ? "networks: Keelson makes its own"
        : `${key}: ${JSON.stringify(document[key])}`,
    );
  }
}

const isPostgres = (image: string) =>
  /(?:^|\/)(?:postgres|postgis|pgvector|timescaledb)\b/.test(image);
const isRedis = (image: string) => /(?:^|\/)(?:redis|valkey|keydb)\b/.test(image);
const isProxy = (image: string) =>
  /(?:^|\/)(?:nginx|traefik|caddy|haproxy|nginx-proxy|swag)\b/.test(image);
