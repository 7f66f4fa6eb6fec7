import { z } from "zod";
import { environments } from "#lib/environments";
import { appSettings } from "#components/app/settings";
import { backupSettings } from "#components/backup/settings";
import { databaseSettings } from "#components/database/settings";
import { dockerSettings } from "#components/docker-settings";
import { imagesSettings } from "#components/images/settings";
import { jobsSettings } from "#components/jobs/settings";
import { logsSettings } from "#components/logs/settings";
import { monitoringSettings } from "#components/monitoring/settings";
import { postgresSettings } from "#components/postgres/settings";
import { proxySettings } from "#components/proxy/settings";
import { redisSettings } from "#components/redis/settings";
import { releaseSettings } from "#components/release/settings";
import { secretsSettings } from "#components/secrets/settings";
import { secretSourcesSettings } from "#components/secrets/sources/settings";
import { servicesSettings } from "#components/service/settings";

/** Everything that a stack may say, each section next to the component that it is for. */
export const stackSettings = z.strictObject({
  environment: z
    .enum(environments)
    .describe("Environment the stack belongs to; independent of the stack's name."),
  app: appSettings.describe("The application."),
  services: servicesSettings
    .prefault({})
    .describe("Further processes of the application, by name: workers, schedulers, tools."),
  jobs: jobsSettings.prefault({}).describe("Commands and HTTP calls on a schedule, by name."),
  images: imagesSettings.prefault({}).describe("Where the platform's own images come from."),
  postgres: postgresSettings.prefault({}).describe("The Postgres server."),
  database: databaseSettings.prefault({}).describe("The application's database."),
  redis: redisSettings.prefault({}).describe("Redis servers (Valkey), by name."),
  secrets: secretsSettings,
  secretSources: secretSourcesSettings,
  backup: backupSettings
    .prefault({})
    .describe("Backups of the database, and the drills that prove them."),
  proxy: proxySettings
    .prefault({})
    .describe("The reverse proxy: the only part reachable from outside."),
  release: releaseSettings.prefault({}).describe("Gates of a release."),
  monitoring: monitoringSettings
    .prefault({})
    .describe("Metrics, alerts and where these are delivered; off by default."),
  logs: logsSettings
    .prefault({})
    .describe("Log lines that are kept over releases, and shipped; off by default."),
  docker: dockerSettings.prefault({}).describe("The Docker host."),
});
export type Settings = z.output<typeof stackSettings>;
