import { z } from "zod";
import { problem, problemText } from "#lib/settings";
import { roleInServer, type LoginRole, type RoleName } from "./role-names.js";

const login = z
  .strictObject({
    rotation: z
      .int()
      .min(1)
      .default(1)
      .describe(
        "Number of its login, which has a password of its own: the next one makes another login. `keelson secrets rotate` counts it up.",
      ),
    previous: z
      .boolean()
      .default(false)
      .describe("The login of the rotation before goes on working as well."),
  })
  .superRefine(({ rotation, previous }, context) => {
    if (!previous || rotation > 1) return;
    const advice = "remove it; keelson secrets rotate makes another login, and sets it";
    const message = problemText("is for a login after the first, which has none before it", advice);
    context.addIssue({ code: "custom", path: ["previous"], message });
  });

const of = (whom: string) => login.prefault({}).describe(`The login of ${whom}.`);

const furtherLogins = {
  app: of("the app"),
  migrator: of("the migration, which becomes the owner by it"),
  readonly: of("readers"),
};

/** Logins of the roles of a stack's database. */
export const loginsSettings = z
  .strictObject({
    ...furtherLogins,
    backup: of("backups"),
    monitor: of("the monitoring"),
  })
  .prefault({});

/** Those of a further database, which has no roles for backups and figures. */
export const furtherLoginsSettings = z.strictObject(furtherLogins).prefault({});

/** The login of a role, by its number. */
export type LoginSettings = z.output<typeof login>;
/** Logins of a database's roles; of those that it does not name there is one login. */
export type LoginsSettings = Readonly<Partial<Record<LoginRole, LoginSettings>>>;

/** Numbers of the logins of a role that work: the one that is handed out first. */
export function workingLogins({ rotation, previous }: LoginSettings): readonly number[] {
  return previous ? [rotation, rotation - 1] : [rotation];
}

/** The settings of a role's login. */
export function loginOf(logins: LoginsSettings, role: LoginRole): LoginSettings {
  return logins[role] ?? { rotation: 1, previous: false };
}

/** The name in the server of a role's login; the first is the role itself. @param number from 1 */
export function loginInServer(database: string, role: RoleName, number: number): string {
  const name = roleInServer(database, role);
  return number === 1 ? name : `${name}_${String(number)}`;
}

/** The resource with the password of a role's login. @param name of the database's component */
export function passwordResource(name: string, role: LoginRole, number: number): string {
  return `${name}-${role}-password${number === 1 ? "" : `-${String(number)}`}`;
}

/** Returns the logins whose names are too long for the server, a line each. @param path of their settings */
export function loginProblems(logins: LoginsSettings, database: string, path: string): string[] {
  return Object.entries(logins).flatMap(([role, { rotation }]) => {
    const name = loginInServer(database, role as LoginRole, rotation);
    if (name.length <= 63) return [];
    const advice = "give the database a shorter name first (keelson rename --database)";
    return [problem(`${path}.${role}.rotation`, `${name} is longer than 63 characters`, advice)];
  });
}
