import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { pruneFunctions } from "../../components/proxy-prune.js";
import { settingsFrom } from "../../config.js";
import { record } from "../../workload/record.js";
import { step } from "../support/fake-docker.js";
import { runSettings, shared } from "../support/program.js";
import { plain } from "../support/pulumi.js";

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
    expect(program.inputs("shop-test-proxy-route")["create"]).toContain("end_release live");
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
    expect(begun.inputs["create"]).toContain("\nreleases begin || {");
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

const proxy = '"ps --quiet -"*) echo p1;;';

describe("a step that writes it", () => {
  it("says who releases, in which process, and what is gone back to", async () => {
    const env = { KEELSON_ACTOR: "eve", GITHUB_ACTOR: "bot", KEELSON_BACK_TO: "v1" };
    const { asked } = await step(`${record}\nresume_release`, proxy, {
      ...env,
      PROXY_FILTERS: "-f x",
    });
    expect(asked).toEqual([
      "ps --quiet -f x",
      `exec --interactive --env RELEASE_BY=${process.pid}@${hostname()} --env RELEASE_BACK_TO=v1 ` +
        "--env RELEASE_WHO=eve p1 /usr/local/bin/releases resume",
    ]);
  });

  it("takes the person at the machine where nobody says who it is", async () => {
    const { asked } = await step(`${record}\nend_release live`, proxy, { PROXY_FILTERS: "-f x" });
    expect(asked.at(-1)).toMatch(new RegExp(`RELEASE_WHO=\\S+@${hostname()} p1 `));
  });

  it.each([
    ["there is no proxy", '"ps "*) ;;', ""],
    ["it can't be written", `${proxy} "exec "*) exit 1;;`, "'note' could not be written"],
  ])("goes on where %s", async (_what, answers, said) => {
    const script = `${record}\nnote_release key '{}'\necho went on >&2`;
    const { code, text } = await step(script, answers, { PROXY_FILTERS: "-f x" });
    expect([code, text]).toEqual([0, expect.stringMatching(`${said}\\n?went on`)]);
  });
});

describe("the images of earlier releases", () => {
  const prune = `${record}\n${pruneFunctions}\nprune_images`;
  const env = { PROXY_FILTERS: "-f x", KEEP_IMAGES: "5" };
  const old = `${proxy} *"prunable 5") echo shop:1;;`;
  const there = '"image ls "*) echo id;;';
  const others = '"ps --quiet --filter label=dev.keelson.workload=proxy") echo p1 p2;;';

  it.each([
    ["are removed", there, ["image rm shop:1"], true],
    ["stay while a container is of them", `"ps --all "*) echo c1;; ${there}`, [], false],
    ["stay for another stack", `*"p2 /usr"*needs*) exit 0;; ${others} ${there}`, [], true],
    [
      "are removed where no other stack needs them",
      `*needs*) exit 1;; ${others} ${there}`,
      ["image rm shop:1"],
      true,
    ],
    ["stay where another stack does not say", `*needs*) exit 9;; ${others} ${there}`, [], true],
    ["may be gone already", '"image ls "*) ;;', [], true],
    [
      "stay where Docker does not let them go",
      `${there} "image rm "*) exit 1;;`,
      ["image rm shop:1"],
      false,
    ],
  ])("%s", async (_what, answers, removed, noted) => {
    const { code, asked } = await step(prune, `${answers} ${old}`, env);
    expect(code).toBe(0);
    expect(asked.filter((each) => each.startsWith("image rm"))).toEqual(removed);
    expect(asked.some((each) => each.endsWith("releases pruned shop:1"))).toBe(noted);
  });
});
