import { z } from "zod";
import { inClear } from "./in-clear.js";
import { problemText } from "./settings.js";

/** A name for containers, volumes and roles: lower case, digits, hyphens; at most 40 characters. */
export const slug = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/,
    problemText(
      "is not a name",
      "use 2 to 40 lower-case letters, digits and hyphens, a letter first",
    ),
  )
  .meta({ title: "name" });

/** A PostgreSQL identifier; hyphens are allowed, since every use is quoted. At most 52 characters, so that role suffixes fit in 63. */
export const sqlIdentifier = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_-]{0,51}$/,
    problemText("is not a database name", "use up to 52 lower-case letters, digits, _ and -"),
  )
  .meta({ title: "database name" });

/** The name of an environment variable. */
export const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    problemText("is not a variable name", "use letters, digits and _, not a digit first"),
  )
  .meta({ title: "variable" });

const sealedByName = [
  "it is the name of a secret",
  "write a name, and seal the value itself: `pulumi config set --secret --path keelson:secrets.NAME.value`",
] as const;

/** The name of a secret, for settings whose value is one: a URL, a key, a certificate. */
export const secretName = inClear(z.string().min(1), ...sealedByName);

/** The name of a secret that is a variable or a file of that name as well. */
export const secretVariable = inClear(variableName, ...sealedByName);

/** An argument of a command. */
export const argument = inClear(
  z.string(),
  "`docker inspect` and `ps` show a command's arguments",
  "name a secret in app.secrets, and let the command read its file or variable",
);

/** A host name as in a URL, without scheme, port or path. */
export const domain = z
  .string()
  .regex(
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    problemText(
      "is not a domain",
      "write the host name alone in lower case, such as www.example.com",
    ),
  )
  .meta({ title: "domain" });

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

/** A host name, or a wildcard for all names one level below another: `*.example.com`. */
export const domainPattern = z
  .string()
  .regex(
    new RegExp(`^(?=.{1,253}$)(\\*\\.${label}\\.)?${label}(\\.${label})*$`),
    problemText(
      "is not a domain",
      "write the host name alone in lower case, such as www.example.com",
    ),
  )
  .meta({ title: "domain" });

/** True for a wildcard among the domains of the settings. */
export function isWildcard(domain: string): boolean {
  return domain.startsWith("*.");
}

/** True where a domain of the settings stands for a host name: the same one, or one label below a wildcard's. */
export function standsFor(domain: string, host: string): boolean {
  return domain === host || (isWildcard(domain) && host.replace(/^[^.]+/, "*") === domain);
}

/** A TCP port. */
export const port = z.int().min(1).max(65_535).meta({ title: "port" });

/** An absolute path inside a container. */
export const absolutePath = z
  .string()
  .regex(/^\/[^\s:]*$/, problemText("is not an absolute path", "start it with / and use no spaces"))
  .meta({ title: "path" });

/** A path in a URL. */
export const urlPath = inClear(
  z
    .string()
    // The characters that RFC 3986 allows in a path and a query: none of them ends a word in HAProxy or a shell's quotes.
    .regex(
      /^\/[A-Za-z0-9\-._~!$&()*+,;=:@%/?]*$/,
      problemText(
        "is not a URL path",
        "start it with /, such as /health, and escape what is special",
      ),
    )
    .meta({ title: "URL path" }),
  "logs of requests show a URL's path and query",
  "use a path that answers without a secret",
);

/** The beginning of a path in a URL, in whole parts. */
export const pathBeginning = z
  .string()
  .regex(
    /^(?!.*\/\/)(?!.*\/\.{1,2}(?:\/|$))\/[A-Za-z0-9._~/-]*$/,
    problemText(
      "is not the beginning of a path",
      "write it as clients do, such as /auth: without spaces, // and dots alone",
    ),
  )
  .meta({ title: "URL path" });

/** An address, or a range of them. */
export const addressRange = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error: problemText(
      "is not an address or a range of them",
      "write such as 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32",
    ),
  })
  .meta({ title: "address range" });

/** A share of processors, such as 0.5 or 2. */
export const cpus = z
  .number()
  .min(0.01, { abort: true })
  .max(512, { abort: true })
  .refine((share) => Math.abs(share * 100 - Math.round(share * 100)) < 1e-6, {
    error: problemText("has more than two decimals", "round it"),
  })
  .meta({ title: "number" });

/** A share of processors as Docker prints it (`1.0`, `0.25`): any other form never compares equal. */
export function dockerCpus(share: number): string {
  return Number.isInteger(share) ? `${String(share)}.0` : String(share);
}
