import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { afterEach, describe, expect, it } from "vitest";
import { Stack, type StackArgs } from "#keelson";
import { registered, valueOf } from "./support/pulumi.js";

const app = { name: "shop", image: "shop:1.0" };
const args: StackArgs = { environment: "local", app };

afterEach(() => {
  pulumi.runtime.setAllConfig({});
});

describe("Stack", () => {
  it("is a component of a program that has resources of its own", async () => {
    let said: unknown;
    const run = await registered(async () => {
      const stack = new Stack("shop", args);
      new random.RandomId("dns-record", { byteLength: 4 }, { dependsOn: stack });
      const { url, version, image, database, dataNetwork, containers } = stack;
      said = await Promise.all([url, version, image, database, dataNetwork].map(valueOf<unknown>));
      return { url, containers };
    });
    expect(said).toEqual([
      "http://localhost",
      "0.0.0",
      "shop:1.0",
      "shop_local",
      "shop-test-data-1234567",
    ]);
    const [whole] = run.ofType("keelson:index:Stack");
    expect([whole?.name, whole?.parent]).toEqual([
      "shop",
      run.ofType("pulumi:pulumi:Stack")[0]?.urn,
    ]);
    const before = run.before("dns-record");
    expect(before).toContain("shop-test-proxy-route");
  });

  it("refuses wrong settings with every problem, before anything is registered", async () => {
    const wrong: StackArgs = { environment: "local", app: { ...app, port: 70_000, memory: "1" } };
    const run = await registered(() => {
      expect(() => new Stack("shop", wrong)).toThrow(
        new pulumi.RunError(
          [
            "the settings are wrong:",
            "app.port: 70000 is more than 65535; set 65535 or less",
            'app.memory: "1" is not a size; write a whole number and MiB or GiB, such as 512MiB',
          ].join("\n"),
        ),
      );
      return {};
    });
    expect(run.names).toEqual(["pulumi:pulumi:Stack keelson-test"]);
  });

  it("is that of the files, under the name that its resources have always had", async () => {
    pulumi.runtime.setAllConfig({
      "keelson:environment": "preview",
      "keelson:app": JSON.stringify(app),
    });
    const run = await registered(() => Stack.fromConfig().outputs);
    expect(run.ofType("keelson:index:Stack").map(({ name }) => name)).toEqual(["shop-test"]);
    expect(Object.keys(run.stackOutputs)).toEqual(
      expect.arrayContaining(["url", "containers", "database", "migratorUrl", "version"]),
    );
  });

  it("takes the app of an earlier release from the configuration, whatever the program says", async () => {
    const released = { ...app, image: "shop:0.9", env: { A: "1" } };
    pulumi.runtime.setAllConfig({ "keelson:released": JSON.stringify(released) });
    let image: unknown;
    await registered(async () => {
      image = await valueOf(new Stack("shop", args).image);
      return {};
    });
    expect(image).toBe("shop:0.9");
  });
});
