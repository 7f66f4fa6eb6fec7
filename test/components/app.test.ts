import { describe, expect, it } from "vitest";
import { plainEnvironment, platformVariables, secretNames } from "#components/app/environment";
import { appSettings } from "#components/app/settings";
import { appWorkload } from "#components/app/workload";

const parsed = (over: object = {}) => appSettings.parse({ name: "shop", image: "shop:1", ...over });
const release = { version: "1.2.3", gitSha: "abc" };

describe("plainEnvironment", () => {
  it("tells the app about itself", () => {
    expect(plainEnvironment(parsed(), "preview", release)).toEqual({
      APP_NAME: "shop",
      APP_ENV: "preview",
      PORT: "3000",
      LOG_LEVEL: "info",
      APP_VERSION: "1.2.3",
      GIT_SHA: "abc",
      DATABASE_POOL_SIZE: "10",
    });
  });

  it("under the names and values that the app knows", () => {
    const settings = parsed({
      variables: { name: null, environment: "MIX_ENV", poolSize: "POOL" },
      environmentNames: { local: "dev" },
      env: { EXTRA: "1" },
    });
    const environment = plainEnvironment(settings, "local", release);
    expect(environment).toMatchObject({ MIX_ENV: "dev", POOL: "10", EXTRA: "1" });
    expect(environment).not.toHaveProperty("APP_NAME");
    expect(plainEnvironment(settings, "prod", release)).toMatchObject({ MIX_ENV: "prod" });
  });

  it("holds nothing secret", () => {
    expect(plainEnvironment(parsed(), "prod", release)).not.toHaveProperty("DATABASE_URL");
    const place = { host: "postgres", port: 5432, name: "shop_prod" };
    const parts = {
      databaseHost: "DB_HOST",
      databasePort: "DB_PORT",
      databaseName: "DB_NAME",
      databaseUser: "DB_USER",
      databasePassword: "DB_PASSWORD",
    };
    const told = plainEnvironment(parsed({ variables: parts }), "prod", release, place);
    expect(told).toMatchObject({ DB_HOST: "postgres", DB_PORT: "5432", DB_NAME: "shop_prod" });
    expect([told["DB_USER"], told["DB_PASSWORD"]]).toEqual([undefined, undefined]);
    expect(secretNames(parsed({ variables: parts }))).toEqual([
      "DATABASE_URL",
      "DB_USER",
      "DB_PASSWORD",
    ]);
  });
});

describe("platformVariables", () => {
  it("are those that are not left out", () => {
    const settings = parsed({ variables: { name: null, gitSha: null, version: null } });
    expect(platformVariables(settings)).toEqual([
      "APP_ENV",
      "PORT",
      "LOG_LEVEL",
      "DATABASE_URL",
      "DATABASE_POOL_SIZE",
    ]);
  });
});

describe("appWorkload", () => {
  const site = { host: "shop.com", scheme: "https" } as const;

  it("asks the health path on the app's own port, as the public site is asked", () => {
    const settings = parsed({ port: 8000, health: { path: "/up?x=1&y" } });
    const asked = "'http://127.0.0.1:8000/up?x=1&y'";
    const headers = (flag: string) => `${flag} 'Host: shop.com' ${flag} 'X-Forwarded-Proto: https'`;
    expect(appWorkload(settings, site).health.test).toEqual([
      "CMD-SHELL",
      // An image with neither is asked from outside alone.
      `if command -v wget >/dev/null; then wget -q --tries=1 -O /dev/null ${headers("--header")} ${asked}; ` +
        `elif command -v curl >/dev/null; then curl -fsS -o /dev/null ${headers("-H")} ${asked}; fi`,
    ]);
  });

  it("or runs the command that the settings name", () => {
    const { test } = appWorkload(
      parsed({ health: { command: ["node", "check.js"] } }),
      site,
    ).health;
    expect(test).toEqual(["CMD", "node", "check.js"]);
  });

  it("or leaves it to the image's own HEALTHCHECK, or to those outside", () => {
    const test = (health: object) => appWorkload(parsed({ health }), site).health.test;
    expect(test({ test: "image" })).toBeUndefined();
    expect(test({ test: "outside" })).toEqual(["NONE"]);
    expect(test({ test: "outside", command: ["alive"] })).toEqual(["CMD", "alive"]);
  });
});
