import { z } from "zod";
import { duration, seconds } from "#lib/duration";
import { inClear, toEveryClient } from "#lib/in-clear";
import { problemText } from "#lib/settings";
import { literal } from "./text.js";

/** A value that a header can have. */
const headerValue = (most: number) =>
  inClear(
    z
      .string()
      .min(1)
      .max(most)
      .regex(
        /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
        problemText(
          "is not one line of plain text",
          "remove line breaks, outer spaces and letters beyond ASCII",
        ),
      )
      .meta({ title: "text" }),
    ...toEveryClient,
  );

/** Headers that answers get unless the app set them itself. */
export const headersSettings = z.strictObject({
  hsts: z
    .strictObject({
      maxAge: duration.describe(
        "How long browsers insist on HTTPS; it cannot be revoked earlier, except by `1s` over HTTPS.",
      ),
      includeSubdomains: z.boolean().default(false).describe("For all names below the domain too."),
      preload: z.boolean().default(false).describe("Consent to the browsers' preload lists."),
    })
    .optional()
    .describe("`Strict-Transport-Security`, over HTTPS alone. Without it none is sent."),
  contentTypeOptions: z.boolean().default(true).describe("`X-Content-Type-Options: nosniff`."),
  frameOptions: z
    .enum(["SAMEORIGIN", "DENY", "off"])
    .default("SAMEORIGIN")
    .describe("`X-Frame-Options`: who may embed the app in a frame; `off`: no header."),
  referrerPolicy: z
    // The other ones tell more than browsers tell by themselves.
    .enum(["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin", "off"])
    .default("strict-origin-when-cross-origin")
    .describe("`Referrer-Policy`: what other sites learn of where their visitor came from."),
  permissionsPolicy: headerValue(1024)
    .optional()
    .describe("`Permissions-Policy`, such as `camera=(), microphone=()`."),
  contentSecurityPolicy: headerValue(4096)
    .optional()
    .describe(
      "`Content-Security-Policy` for answers without one. None by default: an app with nonces sends its own.",
    ),
});
export type HeadersSettings = z.output<typeof headersSettings>;

/** The headers by name. */
function wanted(settings: HeadersSettings): readonly (readonly [name: string, value: string])[] {
  const { hsts, frameOptions, referrerPolicy, permissionsPolicy, contentSecurityPolicy } = settings;
  const all: [string, string | undefined][] = [
    ["Strict-Transport-Security", hsts === undefined ? undefined : hstsValue(hsts)],
    ["X-Content-Type-Options", settings.contentTypeOptions ? "nosniff" : undefined],
    ["X-Frame-Options", frameOptions === "off" ? undefined : frameOptions],
    ["Referrer-Policy", referrerPolicy === "off" ? undefined : referrerPolicy],
    ["Permissions-Policy", permissionsPolicy],
    ["Content-Security-Policy", contentSecurityPolicy],
  ];
  return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function hstsValue(hsts: NonNullable<HeadersSettings["hsts"]>): string {
  return [
    `max-age=${String(seconds(hsts.maxAge))}`,
    ...(hsts.includeSubdomains ? ["includeSubDomains"] : []),
    ...(hsts.preload ? ["preload"] : []),
  ].join("; ");
}

/** Rules for every answer, the proxy's own ones too, that follow the condition `https`. */
export function headerRules(settings: HeadersSettings): string[] {
  return wanted(settings).map(([name, value]) => {
    const secure = name === "Strict-Transport-Security" ? "https " : "";
    // Nothing of this name is there that would have to be replaced, and looking for it would cost.
    return `  http-after-response add-header ${name} ${literal(value)} if ${secure}!{ res.fhdr(${name.toLowerCase()}) -m found }`;
  });
}

/** Bytes that the headers add to an answer. */
export function headerBytes(settings: HeadersSettings): number {
  return wanted(settings).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}
