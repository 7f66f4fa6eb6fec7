import { Failure } from "../../io/failure.js";

/** A database on a server that is not Keelson's. */
export interface Source {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Encryption of the connection; `prefer` where the URL does not say. */
  readonly sslmode: "disable" | "allow" | "prefer" | "require";
}

/** Name of the old server on the stack's data network: what passes connections on to it. */
export const sourceAlias = "keelson-adopt-source";

const sslmodes = ["disable", "allow", "prefer", "require"] as const;

/** Reads the URL of `--from`. @throws Failure with what is wrong with it, and what to write */
export function parseSource(text: string): Source {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === "") {
    throw wrong("it is no URL of a server", "write postgres://user@host:port/database");
  }
  // An argument can be read by every user of the machine, and stays in the shell's history.
  if (url.password !== "" || url.searchParams.has("password")) {
    throw wrong(
      "it has a password, which `ps` shows to everybody",
      "change that password where others use the machine, leave it out, and put it into the variable ADOPT_PASSWORD",
    );
  }
  const user = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (user === "") throw wrong("it names no user", "write postgres://user@host:port/database");
  if (database === "" || database.includes("/")) {
    throw wrong("it names no database", "write postgres://user@host:port/database");
  }
  return {
    // The brackets of an IPv6 address are the URL's.
    host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 5432 : Number(url.port),
    user,
    database,
    sslmode: sslmodeOf(url.searchParams),
  };
}

function sslmodeOf(parameters: URLSearchParams): Source["sslmode"] {
  const unknown = [...parameters.keys()].filter((each) => each !== "sslmode");
  if (unknown.length > 0) {
    throw wrong(`it has the parameter ${unknown.join(", ")}`, "only sslmode is taken");
  }
  const asked = parameters.get("sslmode") ?? "prefer";
  const known = sslmodes.find((each) => each === asked);
  if (known !== undefined) return known;
  throw wrong(
    `sslmode=${asked} is not taken, since the server's container has no certificates of others`,
    `write ${sslmodes.join(", ")}`,
  );
}

function wrong(what: string, remedy: string): Failure {
  return new Failure(`--from: ${what}; ${remedy}.`);
}

/** Returns the database in the words of a person, without a secret. */
export function shown({ user, host, port, database }: Source): string {
  return `${user}@${host}:${port}/${database}`;
}

/** Connection string of libpq, by way of the alias. @param password left out where libpq gets it from its environment */
export function conninfo(source: Source, password?: string): string {
  const parts = {
    host: sourceAlias,
    port: String(source.port),
    user: source.user,
    dbname: source.database,
    sslmode: source.sslmode,
    connect_timeout: "10",
    application_name: "keelson adopt",
    ...(password === undefined ? {} : { password }),
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name}='${value.replaceAll(/[\\']/g, "\\$&")}'`)
    .join(" ");
}
