import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renamedCheckpoint, renameStack } from "#engine/rename";
import { statePath, type Checkpoint } from "#engine/state";

const stackUrn = (stack: string) => `urn:pulumi:${stack}::shop::pulumi:pulumi:Stack::shop-${stack}`;
const urn = (stack: string, rest: string) => `urn:pulumi:${stack}::shop::${rest}`;

/** A state in which everything that may refer to a resource does. */
function state(stack: string, text = "urn:pulumi:prod::shop::in::a-value"): Checkpoint {
  const volume = urn(stack, "docker:index/volume:Volume::shop-prod-data");
  const provider = urn(stack, "pulumi:providers:docker::shop-prod-host");
  return {
    version: 3,
    checkpoint: {
      stack: `organization/shop/${stack}`,
      latest: {
        secrets_providers: { type: "passphrase", state: { salt: "v1:salt" } },
        resources: [
          { urn: stackUrn(stack), custom: false, type: "pulumi:pulumi:Stack" },
          {
            urn: provider,
            custom: true,
            id: "5f8f",
            type: "pulumi:providers:docker",
            parent: stackUrn(stack),
          },
          {
            urn: volume,
            custom: true,
            id: "shop-prod-data",
            type: "docker:index/volume:Volume",
            inputs: { name: "shop-prod-data", note: text },
            outputs: { name: "shop-prod-data", note: text },
            parent: stackUrn(stack),
            provider: `${provider}::5f8f`,
            dependencies: [provider],
            propertyDependencies: { name: [provider], driver: [] },
            deletedWith: volume,
            aliases: [urn(stack, "old::one"), "urn:pulumi:other::shop::old::one"],
          },
        ],
        pending_operations: [{ type: "creating", resource: { urn: volume, custom: true } }],
      },
    },
  };
}

describe("renamedCheckpoint", () => {
  it("rewrites every reference, and no value of a provider", () => {
    expect(renamedCheckpoint(state("prod"), "shop", "prod", "live")).toEqual(state("live"));
  });

  it("comes back to what it was", () => {
    const there = renamedCheckpoint(state("prod"), "shop", "prod", "live");
    expect(renamedCheckpoint(there, "shop", "live", "prod")).toEqual(state("prod"));
  });

  it("leaves a stack alone whose name begins with the same letters", () => {
    const other = state("prod-eu");
    const { resources } = renamedCheckpoint(other, "shop", "prod", "live").checkpoint.latest ?? {};
    expect(resources).toEqual(other.checkpoint.latest?.resources);
  });

  it("takes a stack without resources", () => {
    const empty = { version: 3, checkpoint: { stack: "organization/shop/prod" } };
    expect(renamedCheckpoint(empty, "shop", "prod", "live")).toEqual({
      version: 3,
      checkpoint: { stack: "organization/shop/live" },
    });
  });
});

describe("renameStack", () => {
  let folder = "";
  const file = (stack: string) => statePath(join(folder, "state"), "shop", stack);
  const options = () => ({
    projectDirectory: folder,
    stateDirectory: join(folder, "state"),
    stack: "prod",
    output: () => undefined,
  });
  const found = (stack: string) => JSON.parse(readFileSync(file(stack), "utf8")) as Checkpoint;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-rename-"));
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      "name: shop\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    mkdirSync(dirname(file("prod")), { recursive: true });
    writeFileSync(file("prod"), JSON.stringify(state("prod")));
    writeFileSync(`${file("prod")}.bak`, "{}");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("moves the state, and nothing of the old name stays", async () => {
    let meanwhile: boolean[] = [];
    await renameStack(options(), "live", () => {
      meanwhile = [existsSync(file("prod")), existsSync(file("live"))];
    });
    expect(meanwhile).toEqual([true, true]);
    expect(found("live")).toEqual(state("live"));
    expect([file("prod"), `${file("prod")}.bak`].filter((each) => existsSync(each))).toEqual([]);
  });

  it("keeps the old state when it ends in the middle, and finishes when it runs again", async () => {
    const cut = renameStack(options(), "live", () => {
      throw new Error("killed");
    });
    await expect(cut).rejects.toThrow("killed");
    expect(found("prod")).toEqual(state("prod"));
    writeFileSync(file("prod"), JSON.stringify(state("prod", "changed since")));
    await renameStack(options(), "live", () => undefined);
    expect(found("live")).toEqual(state("live", "changed since"));
    expect(existsSync(file("prod"))).toBe(false);
  });

  it("only goes on with the rest where the state has its new name already", async () => {
    await renameStack(options(), "live", () => undefined);
    let ran = false;
    await renameStack(options(), "live", () => {
      ran = true;
    });
    expect([ran, found("live")]).toEqual([true, state("live")]);
  });
});
