/** Forms of a database's URL, by library. */
export const databaseUrlForms = ["url", "jdbc", "ado", "keywords"] as const;
export type DatabaseUrlForm = (typeof databaseUrlForms)[number];

/** The parts of a database's address, none of them escaped. */
export interface DatabaseAddress {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** A library's style of an address. */
export interface DatabaseUrlStyle {
  readonly form: DatabaseUrlForm;
  /** Of the form `url` alone. */
  readonly scheme: string;
  /** Further parameters, such as `sslmode`, as the library calls them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Style of libpq and of Keelson itself. */
export const plainUrl: DatabaseUrlStyle = { form: "url", scheme: "postgresql", parameters: {} };

/** An address as a library wants it; user, password, database and parameters are escaped as its form does that. */
export function databaseUrl(at: DatabaseAddress, style: DatabaseUrlStyle = plainUrl): string {
  return forms[style.form](at, style);
}

const forms: Record<DatabaseUrlForm, (at: DatabaseAddress, style: DatabaseUrlStyle) => string> = {
  // scheme://user:password@host:port/database?name=value
  url: ({ user, password, ...at }, { scheme, parameters }) =>
    `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${place(at)}${query(parameters)}`,
  // jdbc:postgresql://host:port/database?user=…&password=…&name=value
  jdbc: ({ user, password, ...at }, { parameters }) =>
    `jdbc:postgresql://${place(at)}${query({ user, password, ...parameters })}`,
  // Host=…;Port=…;Database=…;Username=…;Password=…;Name=value, as Npgsql and other ADO.NET providers read it
  ado: ({ host, port, database, user, password }, { parameters }) =>
    Object.entries({
      Host: host,
      Port: String(port),
      Database: database,
      Username: user,
      Password: password,
      ...parameters,
    })
      .map(([name, value]) => `${name}=${adoValue(value)}`)
      .join(";"),
  // host=… port=… dbname=… user=… password=… name=value, as libpq reads it
  keywords: ({ host, port, database, user, password }, { parameters }) =>
    Object.entries({
      host,
      port: String(port),
      dbname: database,
      user,
      password,
      ...parameters,
    })
      .map(([name, value]) => `${name}=${keywordValue(value)}`)
      .join(" "),
};

function place({ host, port, database }: Omit<DatabaseAddress, "user" | "password">): string {
  return `${host}:${String(port)}/${encodeURIComponent(database)}`;
}

function query(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function adoValue(value: string): string {
  return /^[A-Za-z0-9._/:@+-]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`;
}

function keywordValue(value: string): string {
  return /^[A-Za-z0-9._/:@+-]+$/.test(value) ? value : `'${value.replace(/['\\]/g, "\\$&")}'`;
}
