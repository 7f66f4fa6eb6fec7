import { targetOf } from "#components/identity";
import type { RenamePlan } from "./plan.js";
import { stackFlags } from "../../project/target.js";
import type { RenameOptions } from "../../registrations/rename.js";

/** Returns the acts of a rename, a line each; none where there is nothing to do. */
export function planText({ from, to, app, database, edited, identity }: RenamePlan): string[] {
  const [before, after] = app;
  return [
    ...(from === to ? [] : [`Stack: ${from} becomes ${to}.`]),
    ...(before === after ? [] : [`app.name: ${before} becomes ${after}.`]),
    ...(database === undefined
      ? []
      : [
          `Database: ${database.from} becomes ${database.to}, and its roles with it. The app is in maintenance until it runs with the new name.`,
        ]),
    ...(edited.before === edited.after && from === to
      ? []
      : [
          `The names on the Docker host stay as they are, ${identity.app}-${identity.stack}-…, and with them all data: ${targetOf(identity)}.`,
        ]),
  ];
}

/** Returns the tasks that are left to the person. */
export function doneText(
  { from, to, app, database }: RenamePlan,
  { configFile }: Pick<RenameOptions, "configFile">,
): string[] {
  const [before, after] = app;
  const stack = { stack: to, ...(configFile === undefined ? {} : { configFile }) };
  const file = configFile === undefined ? ` Its settings are in Pulumi.${to}.yaml.` : "";
  return [
    ...(from === to ? [] : [`The stack is called ${to} now.${file}`]),
    database === undefined && before !== after
      ? `The app gets its new name by: keelson up ${stackFlags(stack)}`
      : "Done.",
  ];
}
