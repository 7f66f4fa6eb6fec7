import { describe, expect, it } from "vitest";
import { connectionPools, publishedPorts, secretsNamed } from "#config/facts";
import { stackSettings, type Settings } from "#config/settings";
import { settingsSchema } from "#scripts/settings-schema";

const least = { environment: "local", app: { name: "shop", image: "shop:1" }, secrets: {} };

function settingsOf(sections: object): Settings {
  return stackSettings.parse({ ...least, ...sections });
}

/** A part of a JSON schema, as far as a value is made from it. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** A value with everything that a schema has, one entry a list or map; every text is its own path. */
function full(schema: Schema, path: string): unknown {
  const { type, properties, additionalProperties, items, anyOf } = schema;
  if (anyOf !== undefined) return full(anyOf.find((each) => each.type !== "null") ?? {}, path);
  if (type === "array") return [full(items ?? {}, `${path}[0]`)];
  if (type === "object") {
    const entries = Object.entries(properties ?? {}).map(([key, each]) => [
      key,
      full(each, path === "" ? key : `${path}.${key}`),
    ]);
    const further =
      typeof additionalProperties === "object"
        ? [["x", full(additionalProperties, `${path}.x`)]]
        : [];
    return Object.fromEntries([...entries, ...further]) as unknown;
  }
  if (type === "string" && schema.enum === undefined && schema.const === undefined) return path;
  return schema.const ?? schema.enum?.[0] ?? 1;
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe("facts of the sections", () => {
  it("have every setting that names a secret, found in the schema by its name", () => {
    const all = full(settingsSchema(), "");
    // Names of variables of an outside program, and what the secrets themselves are.
    const naming = /(\w*Secret|[sS]ecrets\[0\]|secretHeaders\.x)$/;
    const inSchema = texts(all).filter((path) => naming.test(path));
    expect(inSchema.length).toBeGreaterThan(25);
    const named = secretsNamed(all as Settings);
    expect(named.map(([path]) => path).sort()).toEqual([...inSchema].sort());
    expect(named.filter(([path, name]) => path !== name)).toEqual([]);
  });

  it("have the ports that a stack publishes, with their addresses", () => {
    const proxy = { bind: "127.0.0.1", httpPort: 8080, tcp: [{ port: 1982, target: 4000 }] };
    const edge = [
      { setting: "proxy.httpPort", address: "127.0.0.1", port: 8080 },
      { setting: "proxy.tcp[0].port", address: "127.0.0.1", port: 1982 },
    ];
    const admin = { setting: "postgres.adminPort", address: "127.0.0.1", port: 15_432 };
    expect(publishedPorts(settingsOf({ proxy }))).toEqual([...edge, admin]);
    const database = { externalUrlSecret: "URL" };
    expect(publishedPorts(settingsOf({ proxy, database }))).toEqual(edge);
  });

  it("have the pools of the app and of services that open one", () => {
    const services = {
      mail: { command: ["mail"], replicas: 2 },
      once: { command: ["once"], exclusive: true, poolSize: 3 },
      none: { command: ["none"], poolSize: 0 },
    };
    const app = { ...least.app, poolSize: 7, replicas: 2 };
    expect(connectionPools(settingsOf({ app, services }))).toEqual([
      { path: "app", size: 7, instances: 2, exclusive: false },
      { path: "services.mail", size: 7, instances: 2, exclusive: false },
      { path: "services.once", size: 3, instances: 1, exclusive: true },
    ]);
  });
});
