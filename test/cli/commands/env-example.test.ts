import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { envExample } from "#cli/commands/env-example";
import { requiredProblems } from "#cli/commands/check/required";
import { settingsFrom } from "#config";

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-example-"));
  said = [];
  mkdirSync(join(folder, "deploy"));
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "deploy", "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  vi.spyOn(process, "cwd").mockReturnValue(join(folder, "deploy"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const settings = `config:
  keelson:environment: local
  keelson:app:
    name: shop
    build: { context: ../app }
    variables: { name: null, environment: null, version: null, gitSha: null, poolSize: null, logLevel: null }
    env: { GREETING: "it's $url, \\"here\\"", FLAG: "true" }
    secrets: [API_KEY, SESSION_KEY]
  keelson:secrets:
    API_KEY: { description: Key of the payments API, pattern: "^sk_", optional: true }
    SESSION_KEY: { generate: { length: 64 } }
`;
const put = (path: string, text: string) => {
  writeFileSync(join(folder, path), text);
};
const act = (options: { check?: boolean; namedIn?: string } = {}) => {
  put("deploy/Pulumi.local.yaml", settings);
  envExample({ stack: "local", ...options }, (line) => said.push(line));
};
const example = () => readFileSync(join(folder, "app", ".env.example"), "utf8");
const file = () => relative(process.cwd(), join(folder, "app", ".env.example"));
const reads = (...names: string[]) => names.map((name) => `process.env.${name};\n`).join("");
const all = ["PORT", "DATABASE_URL", "GREETING", "FLAG", "API_KEY", "SESSION_KEY"];

describe("keelson env-example", () => {
  it("writes every variable with what a person has to know of it, and no secret", () => {
    put("app/main.ts", reads(...all));
    act();
    expect(said).toEqual([
      `Written to ${file()}: PORT, DATABASE_URL, FLAG, GREETING, API_KEY, SESSION_KEY.`,
    ]);
    const [, port, , url] = example().split("\n");
    expect([port, url]).toEqual(["PORT=3000", "DATABASE_URL=postgresql://localhost:5432/shop"]);
    expect(example().split("\n").slice(4)).toEqual([
      "FLAG=true",
      'GREETING=`it\'s $url, "here"`',
      "# Key of the payments API. Optional secret. Matches ^sk_",
      "API_KEY=",
      "# Secret. Generated: 64 characters.",
      "SESSION_KEY=",
      "",
    ]);
    expect(parseEnv(example())["GREETING"]).toBe('it\'s $url, "here"');
  });

  it("keeps what a person has written, and appends what is missing", () => {
    put("app/main.ts", reads(...all, "DEBUG_SQL"));
    put("app/.env.example", "# Ours\nAPI_KEY=sk_test_example # free\n# DEBUG_SQL=1\nPORT=3000\n");
    act();
    expect(
      example().startsWith("# Ours\nAPI_KEY=sk_test_example # free\n# DEBUG_SQL=1\nPORT=3000\n\n"),
    ).toBe(true);
    expect(said).toEqual([`Written to ${file()}: DATABASE_URL, FLAG, GREETING, SESSION_KEY.`]);
    said = [];
    act();
    expect(said).toEqual([`${file()} has every variable of the settings.`]);
  });

  it("--check names what is missing, stale, read and set by nobody, and set and read by nobody", () => {
    put(
      "app/main.ts",
      reads("PORT", "DATABASE_URL", "API_KEY_FILE", "UNKNOWN", "NODE_ENV", "SESSION_KEY"),
    );
    put("app/.env.example", "PORT=1\nDATABASE_URL=x\nAPI_KEY=\nFLAG=\nOLD=1\nSESSION_KEY=\n");
    expect(() => {
      act({ check: true });
    }).toThrow(
      [
        `GREETING: is set by the settings, and not in ${file()}; run keelson env-example`,
        `UNKNOWN: is read in main.ts:4, and nobody sets it; add it to app.env or secrets, or to ${file()} if it may be missing`,
        `OLD: is in ${file()}, and nobody sets or reads it; remove it, or add it to app.env or secrets`,
      ].join("\n"),
    );
    expect(said).toEqual([
      "FLAG: is set, and no source reads it in a form that is known",
      "GREETING: is set, and no source reads it in a form that is known",
    ]);
  });

  it("--check is content with what it has written", () => {
    put("app/main.ts", reads(...all));
    act();
    said = [];
    act({ check: true });
    expect(said).toEqual(["ok"]);
  });

  it("--named-in wants every injected secret in a file, as a word", () => {
    put("app/main.ts", reads(...all));
    act();
    put("README.md", "The key: `API_KEY`.\n");
    put("deploy.yml", "env:\n  API_KEY_2: x\n");
    const namedIn = (...files: string[]) => files.map((each) => join(folder, each)).join(", ");
    act({ check: true, namedIn: namedIn("README.md") });
    expect(said.at(-1)).toBe("ok");
    expect(() => {
      act({ check: true, namedIn: namedIn("README.md", "deploy.yml") });
    }).toThrow(
      `API_KEY: is a secret that is injected, and not named in ${join(folder, "deploy.yml")}; name it there`,
    );
    expect(() => {
      act({ check: true, namedIn: namedIn("none.md") });
    }).toThrow(/^--named-in: .*none\.md is not there; correct the path$/);
    expect(() => {
      act({ namedIn: namedIn("README.md") });
    }).toThrow("--named-in: is for --check");
  });

  it("looks into no packages, tests, builds, bundles, hidden folders, links or projects of Keelson", () => {
    for (const path of ["node_modules/p", "test", "dist", ".cache", "deploy"]) {
      mkdirSync(join(folder, "app", path), { recursive: true });
      put(`app/${path}/a.ts`, reads("NOT_OURS"));
    }
    put("app/deploy/Pulumi.yaml", "name: shop\n");
    put("app/a.test.ts", reads("NOT_OURS"));
    put("app/bundle.js", reads("NOT_OURS") + " ".repeat(1024 * 1024));
    symlinkSync(join(folder, "app", "test", "a.ts"), join(folder, "app", "link.ts"));
    symlinkSync(folder, join(folder, "app", "round"));
    put("app/main.ts", reads(...all));
    act();
    expect(said).toHaveLength(1);
  });
});

describe("keelson check --require", () => {
  const stack = settingsFrom({
    environment: "prod",
    app: {
      name: "shop",
      image: "shop:1.0",
      env: { LEVEL: "x" },
      secrets: ["A", "B", "C"],
    },
    secrets: { A: {}, B: { optional: true, variable: "B_NAME" }, C: { generate: { length: 32 } } },
  });

  it("names what the app does not get, and what is optional and missing", () => {
    vi.stubEnv("A", "a");
    const problems = requiredProblems(["A", " B", "C", "LEVEL", "PORT", "D"], stack, folder);
    vi.unstubAllEnvs();
    expect(problems).toEqual([
      "--require: B is missing; give B_NAME a value in its source",
      "--require: D is nothing that the app gets; add it to app.env, or to secrets and app.secrets, or correct the list",
    ]);
  });
});
