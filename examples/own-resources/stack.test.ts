// A unit test of a project: Pulumi's mocks stand in for the engine, the providers and the Docker host.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { stackMocks } from "keelson/testing";

const mocks = stackMocks();
await pulumi.runtime.setMocks(mocks, "shop", "test");
pulumi.runtime.setAllConfig({
  "keelson:environment": "local",
  "keelson:app": JSON.stringify({ name: "shop", image: "shop:1.0" }),
});

await test("the shop is served at its domain, and has a record", async () => {
  const { url, record } = await import("./index.ts");
  const [served, id] = await new Promise<[string, string]>((resolve) => {
    pulumi.all([url, record.id]).apply(resolve);
  });
  assert.equal(served, "http://localhost");
  assert.equal(id, "record-id");
  assert.ok(mocks.made.includes("keelson:index:Stack shop-test"));
});
