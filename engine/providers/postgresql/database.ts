import type { Client } from "pg";
import type { Context, Existing, ResourceType } from "../../provider.js";
import { equal } from "../../values.js";
import type { Properties, Value } from "../../values.js";
import { checkBridged, diffBridged } from "../bridge.js";
import type { Schema } from "../bridge.js";
import { text } from "../shape.js";
import { asMemberOf, first, identifier, isMissing, literal } from "./server.js";
import type { Server } from "./server.js";

const schema: Schema = {
  allowConnections: { change: "update", default: true },
  connectionLimit: { change: "update", default: -1 },
  encoding: { change: "replace", computed: true },
  isTemplate: { change: "update", computed: true },
  lcCollate: { change: "replace", computed: true },
  lcCtype: { change: "replace", computed: true },
  name: { change: "update" },
  owner: { change: "update", computed: true },
  tablespaceName: { change: "update", computed: true },
  template: { change: "replace", computed: true },
};
const forceVersion = 130000;

/** postgresql:index/database:Database. A change of its locale, encoding or template drops it. */
export function databaseType(server: Server): ResourceType {
  return {
    check: (inputs, old, name) => checkBridged(inputs, old, name, "postgresql:Database", schema),
    diff: (existing, inputs) => diffBridged(existing, inputs, schema, false),
    create: (inputs, context) =>
      server.run(server.database, async (client) => {
        await create(client, inputs, context, server.user);
        return { id: text(inputs["name"]), outputs: await read(client, inputs) };
      }),
    update: (existing, inputs) =>
      server.run(server.database, async (client) => {
        await update(client, existing, inputs);
        return read(client, inputs);
      }),
    delete: async (existing, context) => {
      try {
        await server.run(server.database, (client) => remove(client, existing));
      } catch (error) {
        if (!context.interrupted || !isMissing(error)) throw error;
      }
    },
  };
}

async function create(
  client: Client,
  inputs: Properties,
  context: Context,
  user: string,
): Promise<void> {
  const name = text(inputs["name"]);
  const found = await first(client, "SELECT 1 FROM pg_database WHERE datname = $1", [name]);
  if (found !== undefined && context.interrupted) return;
  const owner = text(inputs["owner"]) || user;
  const option = (keyword: string, value: Value | undefined, quote: typeof literal): string => {
    if (text(value) === "") return "";
    return ` ${keyword} ${text(value).toUpperCase() === "DEFAULT" ? "DEFAULT" : quote(value)}`;
  };
  const statement =
    `CREATE DATABASE ${identifier(name)} OWNER ${identifier(owner)}` +
    option("TEMPLATE", inputs["template"] ?? "template0", identifier) +
    option("ENCODING", inputs["encoding"] ?? "UTF8", literal) +
    option("LC_COLLATE", inputs["lcCollate"], literal) +
    option("LC_CTYPE", inputs["lcCtype"], literal) +
    option("TABLESPACE", inputs["tablespaceName"], identifier) +
    ` ALLOW_CONNECTIONS ${inputs["allowConnections"] !== false}` +
    ` CONNECTION LIMIT ${Number(inputs["connectionLimit"] ?? -1)}` +
    ` IS_TEMPLATE ${inputs["isTemplate"] === true}`;
  await asMemberOf(client, [owner], () => client.query(statement));
}

async function update(client: Client, existing: Existing, inputs: Properties): Promise<void> {
  const changed = (key: string): boolean => {
    const wanted = inputs[key];
    return wanted !== undefined && !equal(existing.inputs[key] ?? null, wanted);
  };
  const name = identifier(inputs["name"]);
  const alter = (change: string): Promise<unknown> =>
    client.query(`ALTER DATABASE ${name} ${change}`);
  if (changed("name"))
    await client.query(`ALTER DATABASE ${identifier(existing.id)} RENAME TO ${name}`);
  if (changed("owner"))
    await asMemberOf(client, [text(inputs["owner"])], () =>
      alter(`OWNER TO ${identifier(inputs["owner"])}`),
    );
  if (changed("tablespaceName"))
    await alter(`SET TABLESPACE ${identifier(inputs["tablespaceName"])}`);
  if (changed("connectionLimit"))
    await alter(`CONNECTION LIMIT ${Number(inputs["connectionLimit"])}`);
  if (changed("allowConnections"))
    await alter(`ALLOW_CONNECTIONS ${inputs["allowConnections"] === true}`);
  if (changed("isTemplate")) await alter(`IS_TEMPLATE ${inputs["isTemplate"] === true}`);
}

async function remove(client: Client, { id, outputs }: Existing): Promise<void> {
  const name = identifier(id);
  if (outputs["isTemplate"] === true)
    await client.query(`ALTER DATABASE ${name} IS_TEMPLATE false`);
  const version = await first<{ version: string }>(
    client,
    "SELECT current_setting('server_version_num') AS version",
    [],
  );
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
    [id],
  );
  const force = Number(version?.version) >= forceVersion ? " WITH (FORCE)" : "";
  const owner = text(outputs["owner"]);
  const drop = (): Promise<unknown> => client.query(`DROP DATABASE ${name}${force}`);
  await (owner === "" ? drop() : asMemberOf(client, [owner], drop));
}

async function read(client: Client, inputs: Properties): Promise<Properties> {
  const row = await first<Record<string, string | number | boolean>>(
    client,
    `SELECT datname AS name, pg_get_userbyid(datdba) AS owner,
            pg_encoding_to_char(encoding) AS encoding, datcollate AS "lcCollate",
            datctype AS "lcCtype", spcname AS "tablespaceName", datconnlimit AS "connectionLimit",
            datallowconn AS "allowConnections", datistemplate AS "isTemplate"
       FROM pg_database JOIN pg_tablespace ON dattablespace = pg_tablespace.oid
      WHERE datname = $1`,
    [text(inputs["name"])],
  );
  return {
    alterObjectOwnership: false,
    template: inputs["template"] ?? "template0",
    ...row,
    id: inputs["name"] ?? "",
  };
}
