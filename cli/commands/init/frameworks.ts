import type { Mapping } from "#lib/merge";
import type { Repository } from "./repository.js";

/** Facts about an app that follow from its framework. */
export interface Framework {
  readonly name: string;
  readonly is: (repository: Repository) => boolean;
  readonly port: number;
  /** Path that answers 200 without anything of the app's own. */
  readonly health?: (repository: Repository) => string | undefined;
  readonly migrate?: (repository: Repository) => readonly string[] | undefined;
  /** Further settings of the app. */
  readonly app?: (repository: Repository) => Mapping;
  /** Secrets that Keelson can make, by the names under which the framework reads them. */
  readonly generated?: Readonly<Record<string, Mapping>>;
}

const key = { length: 64 };

/** The first that fits is taken: those with a framework come before those with a language alone. */
export const frameworks: readonly Framework[] = [
  {
    name: "Rails",
    is: (repository) => /^\s*gem ["']rails["']/m.test(repository.text("Gemfile")),
    port: 3000,
    health: (repository) =>
      /rails\/health#show/.test(repository.text("config/routes.rb")) ? "/up" : undefined,
    migrate: () => ["bin/rails", "db:migrate"],
    app: () => ({
      env: { RAILS_ENV: "production", RAILS_LOG_TO_STDOUT: "1" },
      variables: { poolSize: "RAILS_MAX_THREADS" },
      databaseUrlScheme: "postgres",
      readOnlyRoot: false,
      memory: "512MiB",
    }),
    generated: { SECRET_KEY_BASE: key },
  },
  {
    name: "Django",
    is: (repository) => repository.has("manage.py"),
    port: 8000,
    migrate: () => ["python", "manage.py", "migrate", "--noinput"],
    generated: { SECRET_KEY: key, DJANGO_SECRET_KEY: key },
  },
  {
    name: "Laravel",
    is: (repository) => /"laravel\/framework"/.test(repository.text("composer.json")),
    port: 8000,
    health: (repository) => /health:\s*'(\/[^']*)'/.exec(repository.text("bootstrap/app.php"))?.[1],
    migrate: () => ["php", "artisan", "migrate", "--force"],
    app: () => ({
      env: { DB_CONNECTION: "pgsql", LOG_CHANNEL: "stderr" },
      variables: { databaseUrl: "DB_URL" },
      environmentNames: { preview: "staging", prod: "production" },
      readOnlyRoot: false,
      memory: "512MiB",
    }),
  },
  {
    name: "Phoenix",
    is: (repository) => /\{:phoenix,/.test(repository.text("mix.exs")),
    port: 4000,
    migrate: phoenixMigration,
    app: () => ({
      databaseUrlScheme: "ecto",
      env: { PHX_SERVER: "true" },
      variables: { poolSize: "POOL_SIZE" },
    }),
    generated: { SECRET_KEY_BASE: key },
  },
  {
    name: "Next.js",
    is: (repository) => dependsOn(repository, "next"),
    port: 3000,
    health: nextRoute,
    migrate: nodeMigration,
    app: () => ({ env: { HOSTNAME: "0.0.0.0" }, readOnlyRoot: false, memory: "512MiB" }),
    generated: { NEXTAUTH_SECRET: key, AUTH_SECRET: key },
  },
  {
    name: "NestJS",
    is: (repository) => dependsOn(repository, "@nestjs/core"),
    port: 3000,
    migrate: nodeMigration,
    generated: { JWT_SECRET: key, SESSION_SECRET: key },
  },
  {
    name: "Spring Boot",
    is: (repository) => /spring-boot/.test(repository.text("pom.xml") + gradle(repository)),
    port: 8080,
    health: (repository) =>
      /spring-boot-starter-actuator/.test(repository.text("pom.xml") + gradle(repository))
        ? "/actuator/health"
        : undefined,
    app: () => ({
      databaseUrlForm: "jdbc",
      variables: {
        port: "SERVER_PORT",
        databaseUrl: "SPRING_DATASOURCE_URL",
        databaseUser: "SPRING_DATASOURCE_USERNAME",
        databasePassword: "SPRING_DATASOURCE_PASSWORD",
      },
      health: { startTimeout: "180s" },
      memory: "768MiB",
    }),
  },
  {
    name: "Python",
    is: (repository) => repository.first("pyproject.toml", "requirements.txt") !== undefined,
    port: 8000,
    migrate: (repository) =>
      repository.has("alembic.ini") ? ["alembic", "upgrade", "head"] : undefined,
    app: (repository): Mapping => {
      const scheme = repository.find(/["'](postgresql\+[a-z0-9]+):\/\//);
      return scheme === undefined ? {} : { databaseUrlScheme: scheme };
    },
    generated: { SECRET_KEY: key, JWT_SECRET: key },
  },
  {
    name: "Node.js",
    is: (repository) => repository.has("package.json"),
    port: 3000,
    migrate: nodeMigration,
    generated: { SESSION_SECRET: key, JWT_SECRET: key },
  },
  { name: "Go", is: (repository) => repository.has("go.mod"), port: 8080 },
];

/** Returns the use of Redis, by the packages in a repository's manifests; `queue`: one of them keeps work in it. */
export function redisUse(repository: Repository): "cache" | "queue" | undefined {
  const manifests = [
    "Gemfile",
    "package.json",
    "requirements.txt",
    "pyproject.toml",
    "composer.json",
  ]
    .concat("mix.exs", "go.mod", "pom.xml")
    .map((file) => repository.text(file))
    .join("\n");
  if (/\b(?:sidekiq|resque|bullmq|bull|celery|rq|exq|asynq|horizon)\b/.test(manifests))
    return "queue";
  return /\b(?:redis|ioredis|predis|redix|valkey)\b/.test(manifests) ? "cache" : undefined;
}

/** A route is a file: `app/api/health/route.ts` answers at /api/health. */
function nextRoute(repository: Repository): string | undefined {
  const names = ["health", "healthz"].flatMap((name) => [`api/${name}`, name]);
  return names
    .filter((name) =>
      ["", "src/"].some((at) => {
        const files = [
          `${at}app/${name}/route.ts`,
          `${at}app/${name}/route.js`,
          `${at}pages/${name}.ts`,
        ];
        return repository.first(...files) !== undefined;
      }),
    )
    .map((name) => `/${name}`)[0];
}

function gradle(repository: Repository): string {
  return repository.text("build.gradle") + repository.text("build.gradle.kts");
}

function dependsOn(repository: Repository, name: string): boolean {
  return repository.text("package.json").includes(`"${name}":`);
}

function nodeMigration(repository: Repository): readonly string[] | undefined {
  if (repository.has("prisma/schema.prisma")) return ["npx", "prisma", "migrate", "deploy"];
  if (repository.first("knexfile.js", "knexfile.ts") !== undefined) {
    return ["npx", "knex", "migrate:latest"];
  }
  if (repository.first("drizzle.config.ts", "drizzle.config.js") !== undefined) {
    return ["npx", "drizzle-kit", "migrate"];
  }
  return dependsOn(repository, "sequelize") ? ["npx", "sequelize-cli", "db:migrate"] : undefined;
}

/** The release's own task, as `mix phx.gen.release` writes it. */
function phoenixMigration(repository: Repository): readonly string[] | undefined {
  const app = /app:\s*:(\w+)/.exec(repository.text("mix.exs"))?.[1];
  if (app === undefined) return undefined;
  const task = /defmodule\s+([\w.]+\.Release)\b/.exec(
    repository.text(`lib/${app}/release.ex`),
  )?.[1];
  return task === undefined ? undefined : [`bin/${app}`, "eval", `${task}.migrate`];
}
