/** Parameters of a database URL that libpq knows too and that mean the same outside the app's container. */
const shared = [
  "application_name",
  "channel_binding",
  "gssencmode",
  "options",
  "sslmode",
  "sslsni",
  "target_session_attrs",
];

/** A longer line is an error of libpq, which the password of a managed database may make (a token has 1 to 2 KB). */
const longestLine = 900;

/**
 * A database URL, with whatever scheme and parameters the app's library wants, as lines of a libpq service file; so
 * it can be handed to psql without its password standing in a command line. Undefined for what is no such URL.
 * A password that is too long for such a file is in a comment, and so is what `authority` gives: whoever hands the
 * lines to psql puts the one into its environment, and the other into the file that the lines name.
 * @param authority certificates (PEM) by which the server is known; default: the system's
 */
export function serviceFile(url: string, authority?: string): string | undefined {
  const found =
    /^(?<scheme>[a-z+]+):\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^@/?#]+)\/(?<database>[^/?#]+)(?:\?(?<query>[^#]*))?$/.exec(
      url.trim(),
    )?.groups;
  if (
    found === undefined ||
    !/^(postgres|postgresql|ecto)(\+[a-z0-9]+)?$/.test(found["scheme"] ?? "")
  )
    return undefined;
  const [user, password] = splitOnce(found["login"] ?? "", ":");
  const hosts = (found["hosts"] ?? "").split(",").map(hostAndPort);
  const query = new URLSearchParams(found["query"] ?? "");
  const values: Readonly<Record<string, string | undefined>> = {
    host: hosts.map(([host]) => decoded(host)).join(","),
    port: hosts.map(([, port]) => port).join(","),
    dbname: decoded(found["database"] ?? ""),
    user: decoded(user),
    password: password === undefined ? undefined : decoded(password),
    ...Object.fromEntries(shared.map((key) => [key, query.get(key) ?? undefined])),
    ...(authority === undefined ? encryption(query) : verified(query)),
    // Of several hosts the first may be one that only reads.
    ...(hosts.length > 1 && !query.has("target_session_attrs")
      ? { target_session_attrs: "read-write" }
      : {}),
  };
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [line(key, value)],
  );
  // A line break would start another line, with another parameter in it.
  if (lines.some((each) => /[\r\n\0]/.test(each))) return undefined;
  const certificates = (authority ?? "").split(/\r?\n/).filter((each) => each.trim() !== "");
  const comments = certificates.map((each) => `#authority ${each}`);
  return ["[keelson]", ...lines, ...comments, ""].join("\n");
}

function line(key: string, value: string): string {
  const isLong = key === "password" && value.length > longestLine;
  return isLong ? `#password ${value}` : `${key}=${value}`;
}

/** File into which the reader of the lines puts the certificates that stand in their comments. */
const authorityFile = "/tmp/authority.pem";

/** By an authority of its own a server is verified as far as the URL says, by its name too where it says nothing. */
function verified(query: URLSearchParams): Record<string, string> {
  const mode = query.get("sslmode") ?? "";
  const sslmode = mode.startsWith("verify-") ? mode : "verify-full";
  return { sslmode, sslrootcert: authorityFile };
}

/** Certificate files that the app has are not where psql runs: there the system's authorities count. */
function encryption(query: URLSearchParams): Record<string, string> {
  const mode = query.get("sslmode") ?? "";
  if (mode.startsWith("verify-")) return { sslmode: "verify-full", sslrootcert: "system" };
  // As libraries other than libpq write it.
  if (mode === "no-verify" || query.get("ssl") === "true" || query.get("ssl") === "require")
    return { sslmode: mode === "" || mode === "no-verify" ? "require" : mode };
  return {};
}

function hostAndPort(text: string): [string, string] {
  const port = /:(\d+)$/.exec(text)?.[1];
  const host = port === undefined ? text : text.slice(0, -port.length - 1);
  return [host.replace(/^\[(.*)\]$/, "$1"), port ?? "5432"];
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A library that takes a bare % takes it as it is.
    return text;
  }
}
