import type { Client } from "pg";
import type { Context, Existing, ResourceType } from "../../provider.js";
import { equal, without } from "../../values.js";
import type { Properties, Value } from "../../values.js";
import { checkBridged, diffBridged } from "../bridge.js";
import type { Schema } from "../bridge.js";
import { text, texts } from "../shape.js";
import { asMemberOf, first, identifier, isMissing, literal } from "./server.js";
import type { Server } from "./server.js";

const schema: Schema = {
  assumeRole: { change: "update" },
  bypassRowLevelSecurity: { change: "update" },
  connectionLimit: { change: "update", default: -1 },
  createDatabase: { change: "update" },
  createRole: { change: "update" },
  encryptedPassword: { change: "update", default: true },
  idleInTransactionSessionTimeout: { change: "update" },
  inherit: { change: "update", default: true },
  login: { change: "update" },
  name: { change: "update" },
  password: { change: "update" },
  replication: { change: "update" },
  roles: { change: "update", set: true },
  searchPaths: { change: "update" },
  skipDropRole: { change: "update" },
  skipReassignOwned: { change: "update" },
  statementTimeout: { change: "update" },
  superuser: { change: "update" },
  validUntil: { change: "update", default: "infinity" },
};

const flags: Record<string, string> = {
  superuser: "SUPERUSER",
  createDatabase: "CREATEDB",
  createRole: "CREATEROLE",
  inherit: "INHERIT",
  login: "LOGIN",
  bypassRowLevelSecurity: "BYPASSRLS",
  replication: "REPLICATION",
};

/** postgresql:index/role:Role. */
export function roleType(server: Server): ResourceType {
  return {
    secretOutputs: ["password"],
    check: (inputs, old, name) => checkBridged(inputs, old, name, "postgresql:Role", schema),
    diff: (existing, inputs) => diffBridged(existing, inputs, schema, false),
    create: async (inputs, context) => {
      await server.transaction(server.database, (client) => create(client, inputs, context));
      return { id: text(inputs["name"]), outputs: outputsOf(inputs) };
    },
    update: async (existing, inputs) => {
      await server.transaction(server.database, (client) => update(client, existing, inputs));
      return outputsOf(inputs);
    },
    delete: async (existing, context) => {
      try {
        await server.transaction(server.database, (client) => remove(client, existing));
      } catch (error) {
        if (!context.interrupted || !isMissing(error)) throw error;
      }
    },
  };
}

async function create(client: Client, inputs: Properties, context: Context): Promise<void> {
  const role = identifier(inputs["name"]);
  const done = context.interrupted && (await exists(client, text(inputs["name"])));
  const attributes = [
    ...Object.keys(flags).map((key) => flagOf(key, inputs)),
    `CONNECTION LIMIT ${Number(inputs["connectionLimit"] ?? -1)}`,
    `VALID UNTIL ${literal(inputs["validUntil"] ?? "infinity")}`,
  ];
  await client.query(`${done ? "ALTER" : "CREATE"} ROLE ${role} WITH ${attributes.join(" ")}`);
  await setPassword(client, role, inputs);
  await setMemberships(client, inputs);
  await setSettings(client, role, inputs, {});
}

async function update(client: Client, existing: Existing, inputs: Properties): Promise<void> {
  const { inputs: old } = existing;
  const changed = (key: string): boolean => !equal(old[key] ?? null, inputs[key] ?? null);
  const role = identifier(inputs["name"]);
  if (changed("name"))
    await client.query(`ALTER ROLE ${identifier(existing.id)} RENAME TO ${role}`);
  // A renamed role loses a password that was hashed with its old name.
  if (changed("password") || changed("name")) await setPassword(client, role, inputs);
  const attributes = Object.keys(flags)
    .filter(changed)
    .map((key) => flagOf(key, inputs));
  if (changed("connectionLimit"))
    attributes.push(`CONNECTION LIMIT ${Number(inputs["connectionLimit"] ?? -1)}`);
  if (changed("validUntil")) attributes.push(`VALID UNTIL ${literal(inputs["validUntil"])}`);
  if (attributes.length > 0) await client.query(`ALTER ROLE ${role} WITH ${attributes.join(" ")}`);
  await setMemberships(client, inputs);
  await setSettings(client, role, inputs, old);
}

async function remove(client: Client, { inputs, id }: Existing): Promise<void> {
  const role = identifier(id);
  if (inputs["skipReassignOwned"] !== true)
    await asMemberOf(client, [id], async () => {
      await client.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER`);
      await client.query(`DROP OWNED BY ${role}`);
    });
  if (inputs["skipDropRole"] !== true) await client.query(`DROP ROLE ${role}`);
}

async function exists(client: Client, name: string): Promise<boolean> {
  return (await first(client, "SELECT 1 FROM pg_roles WHERE rolname = $1", [name])) !== undefined;
}

async function setPassword(client: Client, role: string, inputs: Properties): Promise<void> {
  const password = text(inputs["password"]);
  if (password === "") return;
  const value = password.toUpperCase() === "NULL" ? "NULL" : literal(password);
  await client.query(`ALTER ROLE ${role} PASSWORD ${value}`);
}

async function setMemberships(client: Client, inputs: Properties): Promise<void> {
  const name = text(inputs["name"]);
  const { rows } = await client.query<{ role: string }>(
    `SELECT pg_get_userbyid(roleid) AS role FROM pg_auth_members
       JOIN pg_roles ON member = pg_roles.oid WHERE rolname = $1`,
    [name],
  );
  const wanted = new Set(texts(inputs["roles"]));
  for (const { role } of rows)
    if (!wanted.delete(role))
      await client.query(`REVOKE ${identifier(role)} FROM ${identifier(name)}`);
  for (const role of wanted) await client.query(`GRANT ${identifier(role)} TO ${identifier(name)}`);
}

async function setSettings(
  client: Client,
  role: string,
  inputs: Properties,
  old: Properties,
): Promise<void> {
  const paths = texts(inputs["searchPaths"]).map((path) => identifier(path));
  const wanted: [string, string, Value | undefined][] = [
    ["searchPaths", "search_path", paths.length === 0 ? null : paths.join(", ")],
    ["statementTimeout", "statement_timeout", inputs["statementTimeout"]],
    [
      "idleInTransactionSessionTimeout",
      "idle_in_transaction_session_timeout",
      inputs["idleInTransactionSessionTimeout"],
    ],
    [
      "assumeRole",
      "role",
      text(inputs["assumeRole"]) === "" ? null : identifier(inputs["assumeRole"]),
    ],
  ];
  for (const [key, setting, value] of wanted) {
    if (equal(old[key] ?? null, inputs[key] ?? null)) continue;
    const change =
      text(value) === "" || value === 0 ? `RESET ${setting}` : `SET ${setting} TO ${text(value)}`;
    await client.query(`ALTER ROLE ${role} ${change}`);
  }
}

function flagOf(key: string, inputs: Properties): string {
  return `${inputs[key] === true ? "" : "NO"}${flags[key] ?? ""}`;
}

function outputsOf(inputs: Properties): Properties {
  const given = without(inputs, "__defaults");
  return {
    assumeRole: "",
    bypassRowLevelSecurity: false,
    createDatabase: false,
    createRole: false,
    encrypted: null,
    idleInTransactionSessionTimeout: 0,
    login: false,
    password: "",
    replication: false,
    roles: null,
    searchPaths: null,
    skipDropRole: false,
    skipReassignOwned: false,
    statementTimeout: 0,
    superuser: false,
    ...given,
    id: inputs["name"] ?? "",
  };
}
