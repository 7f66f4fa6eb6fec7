/** How an app's database library wants the URL's scheme to be written. */
export const databaseUrlSchemes = ["postgres", "postgresql", "postgresql+psycopg", "ecto"] as const;
export type DatabaseUrlScheme = (typeof databaseUrlSchemes)[number];

/** The parts of a database URL; user, password and database are escaped when it is written. */
export interface DatabaseAddress {
  readonly scheme: DatabaseUrlScheme;
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** `scheme://user:password@host:port/database`. */
export function databaseUrl(at: DatabaseAddress): string {
  const login = `${encodeURIComponent(at.user)}:${encodeURIComponent(at.password)}`;
  return `${at.scheme}://${login}@${at.host}:${String(at.port)}/${encodeURIComponent(at.database)}`;
}
