import { z } from "zod";

const reference = z.string().min(1).optional();

/** Settings of the platform's own images. */
export const imagesSettings = z.strictObject({
  base: z
    .string()
    .min(1)
    .default("debian:trixie-slim")
    .describe(
      "Debian trixie base of every platform image: a registry reference with tag or digest. Where no registry answers, it is made from Debian's packages.",
    ),
  revision: z
    .string()
    .default("1")
    .describe(
      "Any text; changing it builds the platform images afresh, with the security updates of the day.",
    ),
  postgres: reference.describe(
    "Image to use for Postgres instead of the built one; same environment contract as the official image.",
  ),
  proxy: reference.describe("Image to use for the proxy instead of the built one."),
  jobs: reference.describe(
    "Image to use for cron and volume preparation instead of the built one.",
  ),
  acme: reference.describe("Image to use for certbot instead of the built one."),
  backup: reference.describe("Image to use for backups and drills instead of the built one."),
  redis: reference.describe("Image to use for Redis servers instead of the built one."),
  monitoring: reference.describe("Image to use for monitoring instead of the built one."),
  page: reference.describe("Image to use for the status page instead of the built one."),
  logs: reference.describe("Image to use for keeping and shipping logs instead of the built one."),
  runner: reference.describe(
    "Image to take the program from that starts `jobs`, instead of the built one.",
  ),
});
export type ImagesSettings = z.output<typeof imagesSettings>;
