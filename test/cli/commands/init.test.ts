import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { draftOf, init, requireRight, sharedOf } from "#cli/commands/init";
import { takeCompose } from "#cli/commands/init/compose";
import { emptyDraft } from "#cli/commands/init/draft";
import { argumentsOf, takeProcfile } from "#cli/commands/init/procfile";
import { Repository } from "#cli/commands/init/repository";
import { checkTarget, targetOf } from "#cli/project/target";
import { edits } from "#scripts/init-table";
import { shapes, type Shape } from "../../support/init-shapes.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-init-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(files: Shape["files"], name = "shop"): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return join(folder, name);
}

const drafted = (name: string) => {
  const shape = shapes[name] ?? { files: {} };
  return draftOf(new Repository(put(shape.files, name)), shape.from);
};

const run = async (directory: string, options: object = {}) => {
  const said: string[] = [];
  await init(directory, { into: "deploy", yes: true, ...options }, (line) => said.push(line));
  return said;
};

describe("what is seen of ten shapes of repositories", () => {
  it.each(Object.keys(shapes))(
    "%s: settings that are accepted, with three edits at most",
    (name) => {
      const draft = drafted(name);
      requireRight(name, draft);
      expect(edits(draft).length).toBeLessThanOrEqual(3);
    },
  );

  it.each<[string, object]>([
    [
      "rails",
      {
        port: 3000,
        user: "1000:1000",
        health: { path: "/up" },
        migrate: { command: ["bin/rails", "db:migrate"] },
        command: ["bin/rails", "server"],
        secrets: ["RAILS_MASTER_KEY", "SMTP_PASSWORD", "SECRET_KEY_BASE"],
      },
    ],
    [
      "django",
      {
        port: 8000,
        health: { path: "/healthz", test: "outside" },
        variables: {
          databaseHost: "DB_HOST",
          databaseName: "DB_NAME",
          databaseUser: "DB_USER",
          databasePassword: "DB_PASSWORD",
        },
        env: { DEBUG: "0" },
        secrets: ["SECRET_KEY"],
      },
    ],
    [
      "laravel",
      { health: { path: "/up" }, variables: { databaseUrl: "DB_URL" }, secrets: ["APP_KEY"] },
    ],
    [
      "phoenix",
      {
        port: 4000,
        health: { path: "/health", test: "outside" },
        migrate: { command: ["bin/hello", "eval", "Hello.Release.migrate"] },
        secrets: ["SECRET_KEY_BASE"],
      },
    ],
    [
      "nextjs",
      {
        health: { path: "/api/health" },
        migrate: { command: ["npx", "prisma", "migrate", "deploy"] },
        user: "1001:1001",
      },
    ],
    ["nestjs", { health: { path: "/health", test: "outside" }, secrets: ["JWT_SECRET"] }],
    [
      "fastapi",
      {
        port: 8080,
        health: { path: "/v1/health", test: "outside" },
        databaseUrlScheme: "postgresql+asyncpg",
        migrate: { command: ["alembic", "upgrade", "head"] },
        env: { TIMEOUT_SECONDS: "30" },
      },
    ],
    ["go", { port: 8090, health: { path: "/healthz", readyPath: "/readyz", test: "outside" } }],
    [
      "spring-boot",
      { health: { path: "/actuator/health", test: "outside", startTimeout: "180s" } },
    ],
    [
      "compose",
      {
        build: { context: "../web", target: "run" },
        command: ["node", "server.js", "--port", "4000"],
        port: 4000,
        health: { path: "/live" },
        env: { LOCALE: "de" },
        memory: "512MiB",
        volumes: [{ name: "uploads", path: "/app/uploads", backup: true }],
        secrets: ["SESSION_SECRET"],
      },
    ],
  ])("of %s", (name, app) => {
    expect(drafted(name).app).toMatchObject(app);
  });

  it("makes services of a Procfile's other processes; a scheduler never runs twice", () => {
    expect(drafted("rails").sections["services"]).toEqual({
      worker: { command: ["bundle", "exec", "sidekiq", "-C", "config/sidekiq.yml"] },
    });
    const draft = emptyDraft();
    takeProcfile(draft, "beat: celery -A app beat\ntail: tail -f log | grep x\n# a comment\n");
    expect(draft.sections["services"]).toEqual({
      beat: { command: ["celery", "-A", "app", "beat"], exclusive: true },
    });
    expect(draft.left).toEqual([
      "process tail (tail -f log | grep x): it needs a shell; put it into a script",
    ]);
  });

  it("drops nothing of a compose file in silence", () => {
    const { sections, left, found } = drafted("compose");
    expect(sections).toMatchObject({
      postgres: { version: 17 },
      redis: { cache: { for: "cache" } },
    });
    expect(found).toContain("service db (postgres:17): Keelson's own Postgres, and backups of it");
    expect(sections["services"]).toEqual({ worker: { command: ["node", "worker.js"] } });
    expect(left).toEqual([
      "data of db: bring them with keelson import, from a dump",
      "service proxy (traefik:v3): Keelson has a proxy of its own; see the section proxy",
      "data of the volume uploads: copy them into the new one",
      'volume "./certs:/certs:ro": a folder of the host is not mounted',
      'service web: cap_add: ["NET_ADMIN"]',
    ]);
  });
});

describe("a compose file with what hurts elsewhere", () => {
  const taken = (lines: readonly string[]) => {
    const draft = emptyDraft();
    takeCompose(draft, lines.join("\n"), "compose.yaml");
    return draft;
  };

  it("has extension fields, anchors and merge keys", () => {
    const { app, left } = taken([
      "x-common: &common { restart: always, mem_limit: 1g }",
      "x-env: &env { LOCALE: de }",
      "services:",
      "  web:",
      "    <<: *common",
      "    build: .",
      "    environment: { <<: *env, TZ: UTC }",
    ]);
    expect(app).toMatchObject({ memory: "1GiB", env: { LOCALE: "de", TZ: "UTC" } });
    expect(left).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["${LISTEN:-}", undefined],
    ["${LISTEN:-::1}", "::1"],
    ["${LISTEN-0.0.0.0}", "0.0.0.0"],
    ["${LISTEN:?set it}", undefined],
    ["a$$b", "a$b"],
    ["true", "true"],
    ["007", "007"],
  ])("has the value %s", (text, value) => {
    const { app, left } = taken([
      "services:",
      "  web:",
      "    build: .",
      `    environment: ['LISTEN=${text}']`,
    ]);
    expect((app["env"] as Record<string, unknown> | undefined)?.["LISTEN"]).toBe(value);
    expect(left.length).toBe(value === undefined ? 1 : 0);
  });

  it.each<[string, object, string[]]>([
    ["ports: ['127.0.0.1:${PORT:-8080}:3000/tcp']", { port: 3000 }, []],
    ["ports: [{ target: 3000, published: 80 }]", { port: 3000 }, []],
    [
      "ports: ['3000-3005:3000-3005']",
      {},
      ['port "3000-3005:3000-3005": the proxy alone is reached from outside'],
    ],
    [
      "extends: { file: base.yaml, service: web }",
      {},
      ['service web: extends: {"file":"base.yaml","service":"web"}'],
    ],
    ["profiles: [debug]", {}, ['service web: profiles: ["debug"]']],
    [
      "env_file: [.env, .env.prod]",
      {},
      ['env_file: [".env",".env.prod"]: put its secrets into .env, the rest into app.env'],
    ],
    [
      "volumes: [{ type: bind, source: ., target: /app }]",
      {},
      ['volume {"type":"bind","source":".","target":"/app"}: a folder of the host is not mounted'],
    ],
    [
      "command: sh -c 'migrate && serve'",
      {},
      ["command: sh -c 'migrate && serve': it needs a shell; put it into a script"],
    ],
  ])("says %s", (line, app, left) => {
    const draft = taken(["services:", "  web:", "    build: .", `    ${line}`]);
    expect(draft.app).toMatchObject(app);
    expect(draft.left).toEqual(left);
  });

  it("includes another file, and has databases of another kind", () => {
    const { left } = taken([
      "include: [other.yaml]",
      "services:",
      "  app: { build: . }",
      "  db: { image: 'mysql:8' }",
    ]);
    expect(left).toEqual([
      "service db (mysql:8): Keelson has PostgreSQL alone",
      'include: ["other.yaml"]',
    ]);
  });
});

describe("keelson init", () => {
  it("writes a project whose files the other commands read", async () => {
    const shop = put(shapes["django"]?.files ?? {});
    const said = await run(shop);
    expect(readdirSync(join(shop, "deploy")).sort()).toEqual([
      ".gitignore",
      "Pulumi.local.yaml",
      "Pulumi.prod.yaml",
      "Pulumi.yaml",
      "index.ts",
      "package.json",
    ]);
    expect(said.at(-1)).toBe("  npx keelson up");
    for (const stack of ["local", "prod"]) {
      const { problems } = checkTarget(targetOf({ stack }, join(shop, "deploy")), {});
      expect([stack, problems]).toEqual([stack, []]);
    }
  });

  it.each([
    ["deploy", ".."],
    [".", "."],
    ["ops/stacks/shop", "../../.."],
  ])("finds what is built from a project in %s", async (into, context) => {
    const repository = put({ Dockerfile: "FROM node\nEXPOSE 3000\n" });
    await run(repository, { into });
    const text = readFileSync(join(repository, into, "Pulumi.yaml"), "utf8");
    const { config } = parse(text) as { config: Record<string, { value: object }> };
    expect(config["keelson:defaults"]?.value).toMatchObject({ app: { build: { context } } });
  });

  it("overwrites nothing, and then writes nothing else either", async () => {
    const shop = put({ "deploy/index.ts": "mine", "go.mod": "" });
    await expect(run(shop)).rejects.toThrow(
      `${join(shop, "deploy")} has index.ts already, so nothing was written; move them away, or name another folder with --into.`,
    );
    expect(readdirSync(join(shop, "deploy"))).toEqual(["index.ts"]);
    expect(readFileSync(join(shop, "deploy/index.ts"), "utf8")).toBe("mine");
  });

  it.each<[string, Shape["files"], object, string]>([
    ["a name that is none", {}, { name: "My Shop" }, '--name: "My Shop" is not a name'],
    ["a file that is not there", {}, { from: "x.yaml" }, "x.yaml: is not there"],
    ["what is no YAML", { "c.yaml": "a: [" }, { from: "c.yaml" }, "c.yaml: is not YAML"],
    [
      "what is no compose file",
      { "c.yaml": "a: 1" },
      { from: "c.yaml" },
      "c.yaml: has no services",
    ],
  ])("refuses %s, and writes nothing", async (_, files, options, message) => {
    const shop = put({ "go.mod": "", ...files });
    await expect(run(shop, options)).rejects.toThrow(message);
    expect(existsSync(join(shop, "deploy"))).toBe(false);
  });

  it("says of an empty folder what it could not see", async () => {
    const said = await run(put({ "README.md": "" }));
    expect(said).toEqual(
      expect.arrayContaining([
        "  there is no Dockerfile: write one, or set app.image instead of app.build",
        "  app.port is not to be seen: 3000 is a guess",
        "  app.health.path is not to be seen: / is a guess",
      ]),
    );
  });
});

describe("argumentsOf", () => {
  it.each([
    ["bin/rails server -p 3000", ["bin/rails", "server", "-p", "3000"]],
    [`sh -c "echo \\"a b\\""`, ["sh", "-c", 'echo "a b"']],
    ["node 'a b.js' \"\"", ["node", "a b.js", ""]],
    ["gunicorn app:app --bind 0.0.0.0:$PORT", undefined],
    ["a && b", undefined],
  ])("of %s", (line, args) => {
    expect(argumentsOf(line)).toEqual(args);
  });
});

it("sharedOf begins with the app's name", () => {
  expect(Object.keys(sharedOf("go", drafted("go")))[0]).toBe("app");
});
