import { expect, it } from "vitest";
import { StandInStack, type Wanted } from "./support/there-and-back/stack.js";

const images = { postgres: "pg:1", proxy: "proxy:1", jobs: "jobs:1", acme: "acme:1", backup: "backup:1" };
const base: Wanted = {
  environment: { TLS: "-----BEGIN CERTIFICATE-----", KEY: "k1" },
  sections: {
    environment: "local",
    images,
    app: { name: "shop", image: "shop:1.0", migrate: { command: ["migrate"] }, secrets: ["KEY"] },
    secrets: { TLS: {}, KEY: {} },
    proxy: { domains: ["localhost"], tls: { mode: "files", certificateSecret: "TLS" } },
    release: { smoke: [{ path: "/" }] },
  },
};

it("converges", async () => {
  const stack = new StandInStack();
  let t = Date.now();
  const first = await stack.up(base);
  console.log(first, Date.now() - t, stack.host.steps.length);
  expect(stack.problems()).toEqual([]);
  t = Date.now();
  const second = await stack.up(base);
  console.log(second, Date.now() - t);
  expect(second).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
});

it("app.databaseUrlScheme", async () => {
  const stack = new StandInStack();
  await stack.up(base);
  const bad = { ...base, sections: { ...base.sections, app: { ...(base.sections["app"] as object), databaseUrlScheme: "postgres" } } };
  stack.host.failing = (step) => step === "run Command app-migrate";
  await expect(stack.up(bad)).rejects.toThrow("made to fail");
  stack.host.failing = () => false;
  await stack.up(base);
  expect(stack.problems()).toEqual([]);
  expect(await stack.up(base)).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
});
