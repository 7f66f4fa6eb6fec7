import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { runSettings, shared } from "../../support/program.js";
import { plain } from "../../support/pulumi.js";

const app = { name: "shop", image: "shop:1.0", env: { B: "1", A: "2" } };

function run(sections: object = {}, given: Parameters<typeof runSettings>[1] = {}) {
  return runSettings(settingsFrom({ environment: "local", app, ...sections }), given);
}

const usual = shared(() => run());

type Program = Awaited<ReturnType<typeof run>>;
const contentIn = (program: Program) =>
  JSON.parse(String(program.inputs("shop-test-app-begin")["stdin"])) as Record<string, unknown>;
const routeIn = (program: Program) =>
  (plain(program.inputs("shop-test-proxy-route")["environment"]) as { RELEASE: string }).RELEASE;

describe("the record of a release", () => {
  it("has the settings that bring the same release back", async () => {
    const program = await usual();
    const content = contentIn(program);
    expect(content).toMatchObject({ image: "shop:1.0", version: "1.2.3", gitSha: "abc1234" });
    const back = settingsFrom({ environment: "local" }, content["settings"] as object as never);
    expect(back.app).toMatchObject({ image: "shop:1.0", version: "1.2.3", gitSha: "abc1234" });
    expect(back.app).not.toHaveProperty("build");
    const again = await runSettings(back);
    expect(contentIn(again)).toEqual(content);
    expect(again.inputs("shop-test-app-begin")["stdin"]).toBe(
      program.inputs("shop-test-app-begin")["stdin"],
    );
  });

  it("is begun when the proxy is there, before anything else of the release, and ended by the route", async () => {
    const program = await run({ app: { ...app, migrate: { command: ["m"] } } });
    expect(program.before("shop-test-app-begin")).toContain("shop-test-proxy-ready");
    for (const each of ["image-fits", "migrate"]) {
      expect(program.before(`shop-test-app-${each}`)).toContain("shop-test-app-begin");
    }
    expect(program.before("shop-test-app")).toContain("shop-test-app-begin");
    expect(program.before("shop-test-proxy-route")).toContain("shop-test-app-ready");
  });

  it("is another one whenever a container of the app would be another, and then ends", async () => {
    const [one, other] = [await usual(), await run({ app: { ...app, memory: "512MiB" } })];
    expect(contentIn(other)).not.toEqual(contentIn(one));
    expect(routeIn(other)).not.toBe(routeIn(one));
    expect(routeIn(await run({ proxy: { memory: "256MiB" } }))).toBe(routeIn(one));
  });

  it("is another one where a secret is, which shows in it by a keyed hash alone", async () => {
    const withSecret = (value: string) =>
      run(
        { app: { ...app, secrets: ["KEY"], secretsAs: "environment" }, secrets: { KEY: {} } },
        { environment: { KEY: value } },
      );
    const [old, rotated] = [await withSecret("canary-1"), await withSecret("canary-2")];
    expect(contentIn(rotated)["rest"]).not.toBe(contentIn(old)["rest"]);
    expect(JSON.stringify([contentIn(old), contentIn(rotated)])).not.toContain("canary");
  });

  it("is another one whenever it is begun, also by a content that was live before", async () => {
    const program = await run();
    const begun = program.get("shop-test-app-begin");
    // Its id is what the step prints; the mocks answer with nothing.
    expect(begun.inputs["create"]).toBe("exec node bin/step.mjs begin");
    expect(begun.inputs["logging"]).toBe("stderr");
    expect(begun.options.additionalSecretOutputs).toEqual(["stderr"]);
    expect(routeIn(program)).toMatch(/^ [0-9a-f]{16}$/);
  });

  it("of a rollback is not preceded by a migration", async () => {
    const sections = { app: { ...app, migrate: { command: ["m"] } } };
    const back = await run(sections, { goesBack: true });
    expect(back.names.filter((each) => each.includes("migrate"))).toEqual([]);
    expect(contentIn(back)).toEqual(contentIn(await run(sections)));
  });
});
