/** The roles of a database and what each may do. `owner` owns every object and cannot log in. */
export const roleNames = ["owner", "migrator", "app", "readonly", "backup", "monitor"] as const;
export type RoleName = (typeof roleNames)[number];
/** Roles that log in, so have a password. */
export type LoginRole = Exclude<RoleName, "owner">;
export const loginRoles: readonly LoginRole[] = roleNames.filter((each) => each !== "owner");

/** Roles that a further database has: the stack's own database has the others for the whole server. */
export const furtherRoles: readonly RoleName[] = ["owner", "migrator", "app", "readonly"];

/** The name of a role in the server: roles belong to the server, so they carry the database's name. */
export function roleInServer(database: string, role: RoleName): string {
  return `${database}_${role}`;
}
