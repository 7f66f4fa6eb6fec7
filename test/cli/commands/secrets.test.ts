import { describe, expect, it } from "vitest";
import { secretEntries } from "#cli/commands/secrets/entries";
import { settingsFrom } from "#config";

const settings = settingsFrom({
  environment: "prod",
  app: { name: "shop", image: "shop:1", secrets: ["API_KEY", "SESSION"] },
  secrets: {
    API_KEY: { variable: "SHOP_API_KEY" },
    SESSION: { generate: { length: 32 } },
    DSN: { optional: true },
    WATCH_URL: {},
  },
  backup: { heartbeatSecret: "WATCH_URL" },
});

describe("secretEntries", () => {
  it("tells where each comes from and goes to, and never its value", () => {
    const source = (name: string) => (name === "SHOP_API_KEY" ? "value-of-it" : undefined);
    const variables = ["API_KEY_FILE", "PATH"];
    const entries = secretEntries(settings, source, { since: "2026-03-01T08:00:00.1Z", variables });
    const of = (name: string) => entries.find((each) => each.name === name);
    expect(of("API_KEY")).toEqual({
      name: "API_KEY",
      from: "environment SHOP_API_KEY",
      state: "set",
      usedBy: ["app.secrets"],
      since: "2026-03-01 08:00:00",
    });
    expect(of("SESSION")).toMatchObject({ from: "generated", state: "set", since: undefined });
    expect(of("DSN")).toMatchObject({ state: "missing, and optional", usedBy: [] });
    expect(of("WATCH_URL")).toMatchObject({
      from: "environment WATCH_URL",
      state: "missing",
      usedBy: ["backup.heartbeatSecret"],
    });
    expect(JSON.stringify(entries)).not.toContain("value-of-it");
  });
});
