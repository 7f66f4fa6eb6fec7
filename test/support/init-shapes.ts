// Shapes of public repositories, rebuilt with the files that `keelson init` looks at.

/** An application's repository: its files, and the option `--from` where it is taken over by one of them. */
export interface Shape {
  readonly files: Readonly<Record<string, string>>;
  readonly from?: string;
}

const slim = (base: string, port: number, more = "") =>
  `FROM ${base}\nWORKDIR /app\nCOPY . .\n${more}EXPOSE ${String(port)}\n`;

/** Ten shapes by the name of their folder. */
export const shapes: Readonly<Record<string, Shape>> = {
  rails: {
    files: {
      Gemfile: 'source "https://rubygems.org"\ngem "rails", "~> 8.0"\ngem "pg"\ngem "sidekiq"\n',
      Dockerfile: slim("ruby:3.4-slim", 3000, "RUN apt-get install -y curl\nUSER 1000:1000\n"),
      "config/routes.rb":
        'Rails.application.routes.draw do\n  get "up" => "rails/health#show"\nend\n',
      Procfile: "web: bin/rails server\nworker: bundle exec sidekiq -C config/sidekiq.yml\n",
      ".env.example": "SMTP_PASSWORD=\nRAILS_MASTER_KEY=\nMAIL_FROM=shop@shop.test\n",
    },
    from: "Procfile",
  },
  django: {
    files: {
      "manage.py": "#!/usr/bin/env python\n",
      "requirements.txt": "django==5.2\ngunicorn\npsycopg[binary]\n",
      Dockerfile: slim("python:3.13-slim", 8000),
      "site/settings.py": 'import os\nSECRET_KEY = os.environ["SECRET_KEY"]\n',
      "site/urls.py": 'urlpatterns = [path("healthz/", health)]\n',
      ".env.example":
        "SECRET_KEY=change-me\nDEBUG=0\nDB_HOST=localhost\nDB_NAME=site\nDB_USER=site\nDB_PASSWORD=site\n",
    },
  },
  laravel: {
    files: {
      "composer.json": '{ "require": { "laravel/framework": "^12.0" } }',
      Dockerfile: slim("dunglas/frankenphp:php8.4-alpine", 8000),
      "bootstrap/app.php": "->withRouting(web: 'x', health: '/up')\n",
      ".env.example":
        "APP_NAME=Laravel\nAPP_ENV=local\nAPP_KEY=\nAPP_DEBUG=false\nDB_CONNECTION=pgsql\nCACHE_STORE=database\nLOG_LEVEL=debug\n",
    },
  },
  phoenix: {
    files: {
      "mix.exs":
        'def project, do: [app: :hello, version: "0.1.0"]\ndefp deps, do: [{:phoenix, "~> 1.8"}]\n',
      Dockerfile: slim("debian:trixie-slim", 4000, "USER nobody\n"),
      "lib/hello/release.ex": "defmodule Hello.Release do\n  def migrate, do: :ok\nend\n",
      "config/runtime.exs":
        'secret_key_base = System.get_env("SECRET_KEY_BASE") || raise "no"\nhost = System.get_env("PHX_HOST")\n',
      "lib/hello_web/router.ex": 'get "/health", HealthController, :index\n',
    },
  },
  nextjs: {
    files: {
      "package.json": '{ "dependencies": { "next": "15.0.0", "@prisma/client": "6.0.0" } }',
      Dockerfile: slim("node:24-alpine", 3000, "USER 1001\n"),
      "prisma/schema.prisma":
        'datasource db { provider = "postgresql" url = env("DATABASE_URL") }\n',
      "app/api/health/route.ts": "export const GET = () => Response.json({ ok: true });\n",
      "lib/auth.ts": "export const secret = process.env.AUTH_SECRET;\n",
      ".env.example":
        "DATABASE_URL=postgresql://localhost/next\nAUTH_SECRET=\nAUTH_URL=https://shop.test\n",
    },
  },
  nestjs: {
    files: {
      "package.json": '{ "dependencies": { "@nestjs/core": "11.0.0", "bullmq": "5.0.0" } }',
      Dockerfile: slim("node:24-slim", 3000, "USER node\n"),
      "prisma/schema.prisma": 'datasource db { provider = "postgresql" }\n',
      "src/health.controller.ts": "@Controller('health')\nexport class HealthController {}\n",
      "src/auth.ts": "const secret = process.env.JWT_SECRET;\n",
      ".env.example": "DATABASE_URL=\nJWT_SECRET=\nREDIS_URL=redis://localhost:6379\n",
    },
  },
  fastapi: {
    files: {
      "pyproject.toml": '[project]\ndependencies = ["fastapi", "alembic", "celery[redis]"]\n',
      "alembic.ini": "[alembic]\n",
      Dockerfile: slim("python:3.13-slim", 8080),
      "app/main.py": '@app.get("/v1/health")\ndef health(): return {}\n',
      "app/db.py": 'url = os.environ.get("DATABASE_URL", "postgresql+asyncpg://localhost/app")\n',
      ".env.example": "DATABASE_URL=\nREDIS_URL=\nOPENAI_API_KEY=\nTIMEOUT_SECONDS=30\n",
    },
  },
  go: {
    files: {
      "go.mod": "module example.test/api\n",
      "main.go":
        'func main() {\n\thttp.HandleFunc("GET /healthz", ok)\n\thttp.HandleFunc("GET /readyz", ok)\n\thttp.ListenAndServe(":8090", nil)\n}\n',
      Dockerfile: "FROM golang:1.25 AS build\nRUN go build\nFROM scratch\nUSER 65532:65532\n",
    },
  },
  "spring-boot": {
    files: {
      "pom.xml":
        "<artifactId>spring-boot-starter-parent</artifactId>\n<artifactId>spring-boot-starter-actuator</artifactId>\n",
      Dockerfile: slim("eclipse-temurin:21-jre", 8080),
      "src/main/resources/application.yml": "management.endpoints.web.exposure.include: health\n",
    },
  },
  compose: {
    from: "compose.yaml",
    files: {
      "web/Dockerfile": slim("node:24-alpine", 4000),
      "compose.yaml": [
        "services:",
        "  web:",
        "    build: { context: ./web, target: run }",
        "    command: node server.js --port 4000",
        "    ports: ['8080:4000']",
        "    environment:",
        "      DATABASE_URL: postgres://shop:shop@db:5432/shop",
        "      SESSION_SECRET: ${SESSION_SECRET:?set it}",
        "      LOCALE: ${LOCALE:-de}",
        "    volumes: ['uploads:/app/uploads', './certs:/certs:ro']",
        "    healthcheck: { test: [CMD, wget, -qO-, 'http://localhost:4000/live'] }",
        "    depends_on: [db, cache]",
        "    restart: unless-stopped",
        "    mem_limit: 512m",
        "    cap_add: [NET_ADMIN]",
        "  worker: { build: ./web, command: node worker.js }",
        "  db: { image: 'postgres:17', volumes: ['db:/var/lib/postgresql/data'] }",
        "  cache: { image: 'redis:7-alpine' }",
        "  proxy: { image: 'traefik:v3' }",
        "volumes: { db: {}, uploads: {} }",
        "",
      ].join("\n"),
    },
  },
};
