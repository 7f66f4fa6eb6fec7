import { afterEach, describe, expect, it, vi } from "vitest";
import { identityOfState, requireIdentity } from "#cli/stack/recorded-identity";
import type { RecordedResource } from "#cli/engines/runner";
import { targetOf } from "#cli/project/target";
import { settingsFrom } from "#config";

const record: RecordedResource = {
  urn: "urn:pulumi:prod::keelson::command:local:Command::identity",
  type: "command:local:Command",
  outputs: {
    environment: { KEELSON_APP: "shop", KEELSON_STACK: "prod", KEELSON_DATABASE: "shop_prod" },
  },
};
const volume: RecordedResource = {
  urn: "urn:pulumi:prod::keelson::a$docker:index/volume:Volume::shop-prod-postgres-data",
  type: "docker:index/volume:Volume",
  id: "shop-prod-postgres-data",
  outputs: {
    labels: [
      { label: "dev.keelson.project", value: "shop" },
      { label: "dev.keelson.stack", value: "prod" },
    ],
  },
};
const grant: RecordedResource = {
  urn: "urn:pulumi:prod::keelson::a$postgresql:index/grant:Grant::shop-prod-database-public",
  type: "postgresql:index/grant:Grant",
  outputs: { database: "shop_prod" },
};
const shop = { app: "shop", stack: "prod", database: "shop_prod" };
const state = (...resources: RecordedResource[]) => ({ resources, pending: [] });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("identityOfState", () => {
  it("is what the state has recorded", () => {
    expect(identityOfState(state(volume, record), shop)).toEqual(shop);
  });

  it("is what a state from before the record shows", () => {
    expect(identityOfState(state(volume, grant), shop)).toEqual(shop);
  });

  it.each([
    ["nothing", state()],
    ["no database yet", state(volume)],
    ["no volume", state(grant)],
    ["a volume without labels", state({ ...volume, outputs: {} }, grant)],
  ])("is not known from %s", (_, recorded) => {
    expect(identityOfState(recorded, shop)).toBeUndefined();
  });

  it("is another record for an external database", () => {
    expect(identityOfState(state(record, volume, grant), { database: undefined })).toBeUndefined();
  });
});

describe("requireIdentity", () => {
  const target = targetOf({ stack: "prod" });
  const settings = (name: string) =>
    settingsFrom({
      environment: "preview",
      app: { name, image: "i" },
      database: { name: "shop_prod" },
    });

  it("refuses settings that lead elsewhere, by the record or by what an older state shows", () => {
    for (const recorded of [state(record), state(volume, grant)]) {
      expect(() => {
        requireIdentity({ settings: settings("store"), target }, recorded);
      }).toThrow("The stack prod has the database shop_prod on the volume shop-prod-postgres-data");
      expect(() => {
        requireIdentity({ settings: settings("shop"), target }, recorded);
      }).not.toThrow();
    }
  });

  it("lets pass what the environment allows", () => {
    vi.stubEnv("KEELSON_NEW_DATABASE", "store-prod-postgres-data/shop_prod");
    expect(() => {
      requireIdentity({ settings: settings("store"), target }, state(record));
    }).not.toThrow();
  });
});
