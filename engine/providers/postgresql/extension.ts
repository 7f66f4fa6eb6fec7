import type { Client } from "pg";
import type { Existing, ResourceType } from "../../provider.js";
import { equal } from "../../values.js";
import type { Properties } from "../../values.js";
import { checkBridged, diffBridged } from "../bridge.js";
import type { Schema } from "../bridge.js";
import { text } from "../shape.js";
import { first, identifier, isMissing } from "./server.js";
import type { Server } from "./server.js";

const schema: Schema = {
  createCascade: { change: "update" },
  database: { change: "replace", computed: true },
  dropCascade: { change: "update" },
  name: { change: "replace" },
  schema: { change: "update", computed: true },
  version: { change: "update", computed: true },
};

/** postgresql:index/extension:Extension. */
export function extensionType(server: Server): ResourceType {
  const databaseOf = (inputs: Properties): string => text(inputs["database"]) || server.database;
  return {
    check: (inputs, old, name) => checkBridged(inputs, old, name, "postgresql:Extension", schema),
    diff: (existing, inputs) => diffBridged(existing, inputs, schema, false),
    create: (inputs) => {
      const database = databaseOf(inputs);
      return server.transaction(database, async (client) => {
        await client.query(creationOf(inputs));
        const outputs = await read(client, inputs, database);
        return { id: `${database}.${text(inputs["name"])}`, outputs };
      });
    },
    update: (existing, inputs) => {
      const database = databaseOf(inputs);
      return server.transaction(database, async (client) => {
        await update(client, existing, inputs);
        return read(client, inputs, database);
      });
    },
    delete: async ({ inputs, outputs }, context) => {
      const mode = inputs["dropCascade"] === true ? "CASCADE" : "RESTRICT";
      try {
        await server.transaction(databaseOf(outputs), (client) =>
          client.query(`DROP EXTENSION ${identifier(inputs["name"])} ${mode}`),
        );
      } catch (error) {
        if (!context.interrupted || !isMissing(error)) throw error;
      }
    },
  };
}

function creationOf(inputs: Properties): string {
  const option = (keyword: string, key: string): string =>
    text(inputs[key]) === "" ? "" : ` ${keyword} ${identifier(inputs[key])}`;
  return (
    `CREATE EXTENSION IF NOT EXISTS ${identifier(inputs["name"])}` +
    option("SCHEMA", "schema") +
    option("VERSION", "version") +
    (inputs["createCascade"] === true ? " CASCADE" : "")
  );
}

async function update(client: Client, existing: Existing, inputs: Properties): Promise<void> {
  const name = identifier(inputs["name"]);
  const wanted = (key: string): boolean =>
    text(inputs[key]) !== "" && !equal(existing.outputs[key] ?? null, inputs[key] ?? null);
  if (wanted("schema"))
    await client.query(`ALTER EXTENSION ${name} SET SCHEMA ${identifier(inputs["schema"])}`);
  if (wanted("version"))
    await client.query(`ALTER EXTENSION ${name} UPDATE TO ${identifier(inputs["version"])}`);
}

async function read(client: Client, inputs: Properties, database: string): Promise<Properties> {
  const row = await first<{ schema: string; version: string }>(
    client,
    `SELECT nspname AS schema, extversion AS version FROM pg_extension
       JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = $1`,
    [text(inputs["name"])],
  );
  return {
    createCascade: inputs["createCascade"] ?? false,
    database,
    dropCascade: inputs["dropCascade"] ?? false,
    id: `${database}.${text(inputs["name"])}`,
    name: inputs["name"] ?? "",
    ...row,
  };
}
