import { answer } from "./text.js";

/** A path as it is compared: in whole parts, with a slash at its end. */
export function wholeParts(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

const encoded = "{ path -m sub % // ; \\\\ }";
const twice = "{ var(txn.path) -m sub % }";
const octet = "%([^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?$)";
const tidy = [
  // What ends a path for some routers, or is cut away from it.
  'regsub("[[:cntrl:] ]+","",g)',
  'regsub("[;?#][^/\\\\\\\\]*","",g)',
  'regsub("[/\\\\\\\\]+",/,g)',
].join(",");

/**
 * The path as lenient routers read it, in `txn.path`, with a slash at its end: decoded, again if that leaves anything to
 * decode, without doubled slashes and what follows `;`. It never says what the app gets. Few paths need more than a
 * look: HAProxy itself refuses one that does not begin with a slash, or has a raw control character, a `#` or a letter
 * beyond ASCII.
 */
export const pathRules = [
  "  http-request set-var(txn.path) path,concat(/)",
  `  http-request set-var(txn.path) 'path,url_dec,concat(/),${tidy}' if ${encoded}`,
  // What can't be decoded leaves the variable as it is.
  `  http-request set-var(txn.path) 'var(txn.path),url_dec,concat(/),${tidy}' if ${twice}`,
];

/** Conditions of which each says that who asks is after a way around: clients resolve such parts, and encode a `%`. */
export const evasions = ["var(txn.path) -m sub /./ /../", `path -m reg ${octet}`];

/**
 * Rules that follow `pathRules`, and refuse what two readers may take for two paths: parts that mean the folder above,
 * an octet that is none, a NUL, a byte that no UTF-8 has.
 */
export function strictPathRules(): string[] {
  const refuse = (condition: string) => answer(400, "The path is malformed.", `if ${condition}`);
  const doubled = "{ path -m reg -i %25[2-7][0-9a-f] }";
  return [
    ...evasions.map((each) => refuse(`{ ${each} }`)),
    refuse("{ path -m reg %(25)*(00|[cC][01]) }"),
    refuse(`${doubled} { var(txn.path) -m reg ${octet} }`),
  ];
}
