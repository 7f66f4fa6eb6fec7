import { z } from "zod";
import { problemText } from "#lib/settings";

const textTypes = [
  "text/html",
  "text/css",
  "text/plain",
  "text/javascript",
  "text/xml",
  "text/csv",
  "application/javascript",
  "application/json",
  "application/xml",
  "image/svg+xml",
  "application/ld+json",
  "application/problem+json",
  "application/manifest+json",
];

/** Settings of compression for clients that accept it. */
export const compressionSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      "gzip for clients that accept it; not for what the app compressed itself or sent with `Cache-Control: no-transform`.",
    ),
  moreTypes: z
    .array(
      z
        .string()
        .regex(
          /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/,
          problemText("is not a content type", "write one such as text/html"),
        )
        .meta({ title: "content type" }),
    )
    // HAProxy takes at most 64 arguments on a line.
    .max(40)
    .default([])
    .describe(
      "Content types that are compressed besides HTML, CSS, JavaScript, JSON, XML, SVG, CSV and plain text.",
    ),
});

/** Lines of a backend. */
export function compressionRules({
  enabled,
  moreTypes,
}: z.output<typeof compressionSettings>): string[] {
  if (!enabled) return [];
  return [
    "  filter compression",
    "  compression algo gzip",
    `  compression type ${[...new Set([...textTypes, ...moreTypes])].join(" ")}`,
  ];
}
