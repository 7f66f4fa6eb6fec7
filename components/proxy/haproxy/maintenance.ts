import { z } from "zod";
import { durationUpTo } from "#lib/duration";
import { inConfiguration, maintenanceFiles } from "#release/haproxy/maintenance";
import { inClear, toEveryClient } from "#lib/in-clear";
import { addressRange } from "#lib/identifiers";
import { quoted } from "./text.js";

/** The answer to clients in maintenance mode, which a command turns on and off. */
export const maintenanceSettings = z.strictObject({
  allow: z
    .array(addressRange)
    .default([])
    .describe("Addresses that still reach the app; `--allow` of the command adds more."),
  retryAfter: durationUpTo("30d").default("5m").describe("Value of `Retry-After`."),
  page: inClear(z.string().min(1).max(8000), ...toEveryClient)
    .optional()
    .describe("HTML of the maintenance page, instead of the built-in one."),
});
export type MaintenanceSettings = z.output<typeof maintenanceSettings>;

const files = {
  state: inConfiguration(maintenanceFiles.state),
  allow: inConfiguration(maintenanceFiles.allow),
  inside: inConfiguration(maintenanceFiles.inside),
};
/**
 * A condition that a request comes from a container of the stack. The network's gateway is not inside: through it comes
 * who is on the host or far away.
 */
export const fromInside = `src,map_ip(${files.inside}) -m str yes`;

const state = `str(on),map(${files.state})`;

/**
 * Rules that follow `originRules`, so that `src` is the client. What answers to an ACME server goes on, and so does
 * what comes from the proxy's own network: the smoke test of a release.
 */
export function maintenanceRules({ allow, page = plainPage }: MaintenanceSettings): string[] {
  const headers = "hdr Retry-After %[var(txn.maintenance)] hdr Cache-Control no-store";
  const when = "if { var(txn.maintenance) -m found } !passes-maintenance";
  const answer = (type: string, text: string, condition: string) =>
    `  http-request return status 503 content-type "${type}; charset=utf-8" ${headers} string ${quoted(text).replaceAll("\n", "\\n")} ${condition}`;
  return [
    ...passing(allow),
    "  acl passes-maintenance path_beg /.well-known/acme-challenge/",
    `  http-request set-var(txn.maintenance) ${state}`,
    answer("text/html", page, `${when} { req.hdr(accept) -m sub -i text/html }`),
    answer("text/plain", `${sentence}\n`, when),
  ];
}

/** Rules on new connections: those that are open stay. */
export function maintenanceConnectionRules({ allow }: MaintenanceSettings): string[] {
  const on = `{ ${state} -m found }`;
  return [...passing(allow), `  tcp-request connection reject if ${on} !passes-maintenance`];
}

function passing(allow: readonly string[]): string[] {
  const acl = "  acl passes-maintenance";
  return [
    // A line each: HAProxy takes at most 64 arguments on one.
    ...allow.map((range) => `${acl} src ${range}`),
    `${acl} src -f ${files.allow}`,
    `${acl} ${fromInside}`,
  ];
}

const sentence = "Down for maintenance, please try again later.";
const plainPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Down for maintenance</title>
</head>
<body>
<main>
<h1>Down for maintenance</h1>
<p>The site will be back soon. Please try again in a few minutes.</p>
</main>
</body>
</html>
`;
