import type { Client } from "pg";
import { EngineError } from "../../errors.js";
import type { ResourceType } from "../../provider.js";
import { without } from "../../values.js";
import type { Properties } from "../../values.js";
import { checkBridged, diffBridged } from "../bridge.js";
import type { Schema } from "../bridge.js";
import { text, texts } from "../shape.js";
import { asMemberOf, first, identifier, isMissing } from "./server.js";
import type { Server } from "./server.js";

const schema: Schema = {
  columns: { change: "replace", set: true },
  database: { change: "replace" },
  objectType: { change: "replace" },
  objects: { change: "replace", set: true },
  privileges: { change: "update", set: true },
  role: { change: "replace" },
  schema: { change: "replace" },
  withGrantOption: { change: "replace" },
};
const inSchema = ["table", "sequence", "function", "procedure", "routine"];

/** postgresql:index/grant:Grant. On all objects of a schema it covers those that exist by then. */
export function grantType(server: Server): ResourceType {
  const apply = (inputs: Properties, old: Properties | undefined): Promise<void> =>
    server.transaction(text(inputs["database"]), async (client) => {
      await asMemberOf(client, await ownersOf(client, inputs), async () => {
        // In one transaction: nobody sees the moment without the rights.
        await client.query(revocation(old ?? inputs));
        if (texts(inputs["privileges"]).length > 0) await client.query(statementOf(inputs));
      });
    });
  return {
    check: (inputs, old, name) => check(inputs, old, name),
    diff: (existing, inputs) => diffBridged(existing, inputs, schema, true),
    create: async (inputs) => {
      await apply(inputs, undefined);
      return { id: idOf(inputs), outputs: outputsOf(inputs) };
    },
    update: async (existing, inputs) => {
      await apply(inputs, existing.inputs);
      return outputsOf(inputs);
    },
    delete: async ({ inputs }, context) => {
      try {
        await server.transaction(text(inputs["database"]), async (client) => {
          await asMemberOf(client, await ownersOf(client, inputs), () =>
            client.query(revocation(inputs)),
          );
        });
      } catch (error) {
        if (!context.interrupted || !isMissing(error)) throw error;
      }
    },
  };
}

/** The privileges as SQL; they are keywords, so they can't be quoted. */
export function privilegesOf(inputs: Properties): string {
  const privileges = texts(inputs["privileges"]);
  const strange = privileges.find((privilege) => !/^[A-Za-z ]+$/.test(privilege));
  if (strange !== undefined) throw new EngineError(`"${strange}" is not a privilege`);
  return privileges.join(", ");
}

function check(inputs: Properties, old: Properties | undefined, name: string): Properties {
  const type = text(inputs["objectType"]);
  if (type !== "" && !["database", "schema", ...inSchema].includes(type))
    throw new EngineError(
      `postgresql:Grant ${name}: the embedded engine does not know the object type "${type}".`,
    );
  if (type !== "" && type !== "database" && inputs["schema"] === undefined)
    throw new EngineError(
      `postgresql:Grant ${name}: "schema" is needed for the object type "${type}".`,
    );
  return checkBridged(inputs, old, name, "postgresql:Grant", schema);
}

function targetOf(inputs: Properties): string {
  const type = text(inputs["objectType"]);
  if (type === "database") return `DATABASE ${identifier(inputs["database"])}`;
  const inside = identifier(inputs["schema"]);
  if (type === "schema") return `SCHEMA ${inside}`;
  const objects = texts(inputs["objects"]).map((object) => `${inside}.${identifier(object)}`);
  const keyword = type.toUpperCase();
  return objects.length > 0
    ? `${keyword} ${objects.join(", ")}`
    : `ALL ${keyword}S IN SCHEMA ${inside}`;
}

function statementOf(inputs: Properties): string {
  const option = inputs["withGrantOption"] === true ? " WITH GRANT OPTION" : "";
  return `GRANT ${privilegesOf(inputs)} ON ${targetOf(inputs)} TO ${identifier(inputs["role"])}${option}`;
}

function revocation(inputs: Properties): string {
  return `REVOKE ALL PRIVILEGES ON ${targetOf(inputs)} FROM ${identifier(inputs["role"])}`;
}

async function ownersOf(client: Client, inputs: Properties): Promise<string[]> {
  if (text(inputs["objectType"]) === "database") return [];
  const { rows } = await client.query<{ owner: string }>(
    `SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = $1
     UNION SELECT tableowner FROM pg_tables WHERE schemaname = $1 AND $2 <> 'schema'`,
    [text(inputs["schema"]), text(inputs["objectType"])],
  );
  const database = await first<{ owner: string }>(
    client,
    "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()",
    [],
  );
  // Nobody can be a member of this one; it stands for whoever owns the database.
  const owners = rows.map(({ owner }) =>
    owner === "pg_database_owner" ? (database?.owner ?? owner) : owner,
  );
  return [...new Set(owners)];
}

function idOf(inputs: Properties): string {
  const type = text(inputs["objectType"]);
  const place = type === "database" ? [] : [text(inputs["schema"])];
  const parts = [text(inputs["role"]), text(inputs["database"]), ...place, type];
  return [...parts, ...texts(inputs["objects"]), ...texts(inputs["columns"])].join("_");
}

function outputsOf(inputs: Properties): Properties {
  const privileges = texts(inputs["privileges"]).sort();
  const given = without(inputs, "__defaults");
  return {
    columns: null,
    objects: null,
    schema: null,
    withGrantOption: false,
    ...given,
    privileges: privileges.length === 0 ? null : privileges,
    id: idOf(inputs),
  };
}
