import { EngineError } from "../../errors.js";
import type { ResourceType } from "../../provider.js";
import { without } from "../../values.js";
import type { Properties } from "../../values.js";
import { checkBridged, diffBridged } from "../bridge.js";
import type { Schema } from "../bridge.js";
import { text, texts } from "../shape.js";
import { privilegesOf } from "./grant.js";
import { asMemberOf, identifier, isMissing } from "./server.js";
import type { Server } from "./server.js";

const schema: Schema = {
  database: { change: "replace" },
  objectType: { change: "replace" },
  owner: { change: "replace" },
  privileges: { change: "update", set: true },
  role: { change: "replace" },
  schema: { change: "replace" },
  withGrantOption: { change: "replace" },
};
const objectTypes = ["table", "sequence", "function", "routine", "type", "schema"];

/** postgresql:index/defaultPrivileges:DefaultPrivileges. */
export function defaultPrivilegesType(server: Server): ResourceType {
  const change = (inputs: Properties, grant: boolean): Promise<void> =>
    server.transaction(text(inputs["database"]), (client) =>
      asMemberOf(client, [text(inputs["owner"])], async () => {
        await client.query(revocation(inputs));
        if (grant && texts(inputs["privileges"]).length > 0) await client.query(grantOf(inputs));
      }),
    );
  return {
    check: (inputs, old, name) => check(inputs, old, name),
    diff: (existing, inputs) => diffBridged(existing, inputs, schema, false),
    create: async (inputs) => {
      await change(inputs, true);
      return { id: idOf(inputs), outputs: outputsOf(inputs) };
    },
    update: async (_existing, inputs) => {
      await change(inputs, true);
      return outputsOf(inputs);
    },
    delete: async ({ inputs }, context) => {
      try {
        await change(inputs, false);
      } catch (error) {
        if (!context.interrupted || !isMissing(error)) throw error;
      }
    },
  };
}

function check(inputs: Properties, old: Properties | undefined, name: string): Properties {
  const type = text(inputs["objectType"]);
  if (type !== "" && !objectTypes.includes(type))
    throw new EngineError(`postgresql:DefaultPrivileges ${name}: "${type}" is not an object type.`);
  return checkBridged(inputs, old, name, "postgresql:DefaultPrivileges", schema);
}

function headOf(inputs: Properties): string {
  const inside = text(inputs["schema"]) === "" ? "" : ` IN SCHEMA ${identifier(inputs["schema"])}`;
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(inputs["owner"])}${inside}`;
}

function grantOf(inputs: Properties): string {
  const objects = `${text(inputs["objectType"]).toUpperCase()}S`;
  const option = inputs["withGrantOption"] === true ? " WITH GRANT OPTION" : "";
  return `${headOf(inputs)} GRANT ${privilegesOf(inputs)} ON ${objects} TO ${identifier(inputs["role"])}${option}`;
}

function revocation(inputs: Properties): string {
  const objects = `${text(inputs["objectType"]).toUpperCase()}S`;
  return `${headOf(inputs)} REVOKE ALL ON ${objects} FROM ${identifier(inputs["role"])}`;
}

function idOf(inputs: Properties): string {
  const keys = ["role", "database", "schema", "owner", "objectType"];
  return keys.map((key) => text(inputs[key]) || "noschema").join("_");
}

function outputsOf(inputs: Properties): Properties {
  const privileges = texts(inputs["privileges"]).sort();
  const given = without(inputs, "__defaults");
  return {
    schema: null,
    withGrantOption: false,
    ...given,
    privileges: privileges.length === 0 ? null : privileges,
    id: idOf(inputs),
  };
}
