import { z } from "zod";
import { hosts } from "./text.js";

/** From which addresses a client is sent to which other. */
export const redirectsSettings = z.strictObject({
  https: z.boolean().default(true).describe("Redirect HTTP to HTTPS, where TLS is on."),
  canonical: z
    .boolean()
    .default(false)
    .describe(
      "Redirect the other domains to the first, but for wildcards, whose names are sites of their own. Not for domains that receive webhooks or API calls: few such clients follow redirects.",
    ),
});

/** Inputs of redirects. */
export interface Redirected {
  readonly redirects: z.output<typeof redirectsSettings>;
  readonly domains: readonly string[];
  /** Domains that are sites of their own. */
  readonly apart?: readonly string[];
  readonly secure: boolean;
  /** A condition under which HTTPS is ready to be used; undefined where it always is. */
  readonly secureIf?: string | undefined;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly trustedProxies: readonly string[];
}

/** Rules that follow the conditions of `originRules`; whoever needs both redirects gets one. */
export function redirectRules(to: Redirected): string[] {
  const canonical = to.redirects.canonical && to.domains.length > 1;
  const [first = ""] = to.domains;
  const secured = to.secure && to.redirects.https;
  const secureIf = to.secureIf === undefined ? "" : ` ${to.secureIf}`;
  const own = "%[req.hdr(host),host_only]";
  const toHttps = (host: string, also = "") =>
    redirect(to, "https", host, `!https${secureIf}${also}`);
  if (!canonical) return secured ? toHttps(own) : [];
  const apart = (to.apart ?? []).filter((each) => each !== first);
  const known = hosts("canonical-domain", [first, ...apart]);
  const toFirst = [
    ...redirect(to, "https", first, "https !canonical-domain"),
    ...(secured ? [] : redirect(to, "http", first, "!https !canonical-domain")),
  ];
  if (apart.length === 0) return [...(secured ? toHttps(first) : []), ...known, ...toFirst];
  return [
    ...known,
    ...(secured ? [...toHttps(own, " canonical-domain"), ...toHttps(first)] : []),
    ...toFirst,
  ];
}

function redirect(to: Redirected, scheme: "http" | "https", host: string, when: string): string[] {
  const [port, usual] = scheme === "https" ? [to.httpsPort, 443] : [to.httpPort, 80];
  const rule = (suffix: string, condition: string) =>
    `  http-request redirect code 308 location ${scheme}://${host}${suffix}%[pathq] if ${condition}`;
  if (port === usual) return [rule("", when)];
  const own = `:${String(port)}`;
  if (to.trustedProxies.length === 0) return [rule(own, when)];
  // Whom a trusted proxy sends came to a port of that one.
  return [rule("", `trusted-proxy ${when}`), rule(own, `!trusted-proxy ${when}`)];
}
