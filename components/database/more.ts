import { z } from "zod";
import { slug, sqlIdentifier, variableName } from "#lib/identifiers";
import { problem } from "#lib/settings";
import { extension } from "./extension.js";
import { furtherLoginsSettings } from "./login-settings.js";

const furtherDatabase = z.strictObject({
  name: sqlIdentifier
    .optional()
    .describe("Name in the server; default: `<database>_<name>`, with _ for each hyphen."),
  variable: variableName
    .optional()
    .describe(
      "Variable with its URL, delivered as a secret is, the migrator's to the migration; default: `<NAME>_DATABASE_URL`.",
    ),
  extensions: z.array(extension).default([]).describe("Extensions to create in it."),
  ownsSchema: z
    .boolean()
    .default(false)
    .describe("The app's role may create, alter and drop tables and schemas in it."),
  poolSize: z
    .int()
    .min(1)
    .max(500)
    .default(5)
    .describe(
      "Connections to it that one container of the app may open, and one of each service that inherits.",
    ),
  logins: furtherLoginsSettings.describe(
    "Logins of its roles, by role; each role has one until its password is rotated.",
  ),
});

/** Further databases in the stack's server, by name. */
export const furtherDatabases = z.record(slug, furtherDatabase);
export type FurtherDatabases = z.output<typeof furtherDatabases>;

/** A further database with its names filled in. */
export interface Further extends Omit<z.output<typeof furtherDatabase>, "name" | "variable"> {
  /** Its name in the settings. */
  readonly key: string;
  /** Its name in the server. */
  readonly name: string;
  readonly variable: string;
}

/** Returns the further databases with their names. @param main name of the stack's database in the server */
export function furtherOf(more: FurtherDatabases, main: string): Further[] {
  return Object.entries(more).map(([key, of]) => {
    const suffix = key.replaceAll("-", "_");
    return {
      ...of,
      key,
      name: of.name ?? `${main}_${suffix}`,
      variable: of.variable ?? `${suffix.toUpperCase()}_DATABASE_URL`,
    };
  });
}

/** Variables with their URLs, with the setting of each. */
export function furtherVariables(more: FurtherDatabases): [setting: string, variable: string][] {
  return furtherOf(more, "").map(({ key, variable }) => [
    `database.more.${key}.variable`,
    variable,
  ]);
}

/** Returns the contradictions of their names, a line each. @param main name of the stack's database in the server */
export function furtherProblems(more: FurtherDatabases, main: string): string[] {
  const taken = new Map([[main, "database.name"], ...reserved.map((each) => [each, ""] as const)]);
  return furtherOf(more, main).flatMap(({ key, name }) => {
    const path = `database.more.${key}.name`;
    if (!sqlIdentifier.safeParse(name).success) {
      return [problem(path, `${name} is too long`, "set it to up to 52 characters")];
    }
    const by = taken.get(name);
    taken.set(name, path);
    if (by === undefined) return [];
    const whose = by === "" ? "the server's own" : `that of ${by} as well`;
    return [problem(path, `${name} is ${whose}`, "set another one")];
  });
}

const reserved = ["postgres", "template0", "template1"];
