import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { runSettings, runStackFile } from "../support/program.js";
import type { Run } from "../support/pulumi.js";

const app = { name: "shop", image: "shop:1.0" };
const whole = {
  environment: "local",
  app: { ...app, replicas: 2, volumes: [{ name: "files", path: "/f", backup: true }] },
  secrets: { KEY: {}, TOKEN: { generate: { length: 32 } }, S3: {}, PASS: {} },
  backup: {
    passphraseSecret: "PASS",
    repositories: [
      {
        endpoint: "s3.example.com",
        bucket: "backups",
        region: "r",
        accessKeySecret: "S3",
        secretKeySecret: "S3",
      },
    ],
  },
  proxy: {
    domains: ["shop.com"],
    tls: { mode: "acme", acme: { email: "a@b.co", agreeTerms: true } },
  },
};
const environment = { KEY: "k", S3: "s", PASS: "p".repeat(40) };
const run = (protect: object) =>
  runSettings(settingsFrom({ ...whole, ...protect }), { environment });
const both = { postgres: { protect: true }, backup: { ...whole.backup, protect: true } };

const refusal = "shop-test-protection-refusal";
const component = ({ registrations }: Run) => {
  const found = registrations.filter(({ type }) => type === "keelson:components:Protection");
  expect(found).toHaveLength(1);
  return found[0];
};

describe("the protection of a stack", () => {
  it("comes after everything else: a destroy comes to it first", async () => {
    const all = await run(both);
    const others = all.registrations.filter(
      ({ custom, name, type }) => custom && name !== refusal && !type.startsWith("pulumi:"),
    );
    expect(others.length).toBeGreaterThan(100);
    const before = new Set(all.before(refusal));
    expect(others.map(({ name }) => name).filter((name) => !before.has(name))).toEqual([]);
  });

  it("has every component of the stack before it, so that none is forgotten", async () => {
    const all = await run(both);
    const stack = all.registrations.find(({ type }) => type === "pulumi:pulumi:Stack");
    const parts = all.registrations.filter(
      ({ custom, parent, type }) =>
        !custom && parent === stack?.urn && !type.endsWith(":Protection"),
    );
    const waitsFor = new Set(component(all)?.waitsFor);
    const isOf = (urn: string, part: string): boolean => {
      const found = all.registrations.find((each) => each.urn === urn);
      return found !== undefined && (found.urn === part || isOf(found.parent, part));
    };
    const forgotten = parts
      .filter(({ type }) => !type.endsWith(":Image"))
      .filter(({ urn }) => ![...waitsFor].some((each) => isOf(each, urn)));
    expect(forgotten.map(({ name }) => name)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["postgres.protect", { postgres: { protect: true } }, "postgres.protect"],
    ["backup.protect", { backup: both.backup }, "backup.protect"],
    ["both", both, "postgres.protect and backup.protect"],
  ])(
    "fails for %s when it is deleted, and has no option to be passed over",
    async (_what, protect, by) => {
      const all = await run(protect);
      expect(component(all)?.options.protect).toBe(false);
      expect(all.get(refusal).options.protect).toBe(false);
      expect(all.get(refusal).parent).toBe(component(all)?.urn);
      expect(all.inputs(refusal)).toEqual({
        create: "true",
        delete: "node bin/refuse-destroy.mjs",
        environment: { PROTECTED_BY: by },
        addPreviousOutputInEnv: false,
      });
    },
  );

  it("is there in every stack, and refuses in those whose data are protected", async () => {
    const refuses = async (stack: Parameters<typeof runStackFile>[0]) =>
      "delete" in (await runStackFile(stack)).inputs(`sample-${stack}-protection-refusal`);
    expect([await refuses("local"), await refuses("preview"), await refuses("prod")]).toEqual([
      false,
      false,
      true,
    ]);
  });
});
