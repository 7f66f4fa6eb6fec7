import { describe, expect, it } from "vitest";
import {
  chooseEngine,
  engineLine,
  requestedEngine,
  stateLine,
  type EngineChoice,
  type EngineProbes,
} from "#cli/engines/choice";
import { targetOf } from "#cli/project/target";

/** A machine; each question that is asked is noted. */
function machine(has: {
  path?: string;
  cached?: string;
  missing?: string[];
  network?: boolean;
}): EngineProbes & { asked: string[] } {
  const asked: string[] = [];
  const note = <T>(question: string, answer: T): T => {
    asked.push(question);
    return answer;
  };
  return {
    asked,
    onPath: () => note("path", has.path),
    cached: () => note("cached", has.cached),
    missingPlugins: () => note("plugins", has.missing ?? []),
    siteAnswers: () => Promise.resolve(note("network", has.network ?? false)),
    download: () => Promise.resolve(note("download", "/home/.pulumi/versions/1/bin/pulumi")),
  };
}

const none = "no Pulumi CLI on the PATH or in ~/.pulumi, and get.pulumi.com does not answer";

describe("chooseEngine", () => {
  it.each([
    ["the CLI on the PATH", { path: "/bin/pulumi", cached: "/c" }, "cli /bin/pulumi: on the PATH"],
    ["a CLI from before", { cached: "/c/pulumi" }, "cli /c/pulumi: already downloaded"],
    [
      "a CLI that can be downloaded",
      { network: true },
      "cli /home/.pulumi/versions/1/bin/pulumi: downloaded",
    ],
    ["the embedded engine elsewhere", {}, `embedded: ${none}`],
    [
      "a CLI whose providers can be downloaded",
      { path: "/bin/pulumi", missing: ["docker"], network: true },
      "cli /bin/pulumi: on the PATH",
    ],
    [
      "the embedded engine where the CLI's providers can't be had",
      { path: "/bin/pulumi", missing: ["docker", "random"] },
      "embedded: /bin/pulumi lacks the providers docker, random, and get.pulumi.com does not answer",
    ],
  ])("takes %s", async (_, has, expected) => {
    const choice = await chooseEngine("auto", machine(has));
    const binary = choice.kind === "cli" ? ` ${choice.binary}` : "";
    expect(`${choice.kind}${binary}: ${choice.why}`).toBe(expected);
  });

  it("asks the network only when nothing is on the machine", async () => {
    const here = machine({ path: "/bin/pulumi" });
    await chooseEngine("auto", here);
    expect(here.asked).toEqual(["path", "plugins"]);
  });

  it("asks nothing when the embedded engine is wanted", async () => {
    const here = machine({ path: "/bin/pulumi" });
    expect(await chooseEngine("embedded", here)).toEqual({ kind: "embedded", why: "asked for" });
    expect(here.asked).toEqual([]);
  });

  it("refuses when the CLI is wanted and can't be had", async () => {
    await expect(chooseEngine("cli", machine({}))).rejects.toThrow(
      `There is ${none}; install the CLI (https://www.pulumi.com/docs/install/) or use --engine embedded.`,
    );
  });
});

describe("engineWish", () => {
  it.each([
    [undefined, {}, "auto"],
    [undefined, { KEELSON_ENGINE: "embedded" }, "embedded"],
    ["cli", { KEELSON_ENGINE: "embedded" }, "cli"],
  ])("of the option %s and the environment %j is %s", (option, environment, request) => {
    expect(requestedEngine(option, environment)).toBe(request);
  });

  it("refuses an unknown word", () => {
    expect(() => requestedEngine(undefined, { KEELSON_ENGINE: "both" })).toThrow(
      'There is no engine "both"; use auto, cli or embedded.',
    );
  });
});

describe("engineLine", () => {
  it("says which engine runs and why", () => {
    expect(engineLine({ kind: "cli", binary: "/bin/pulumi", why: "on the PATH" })).toBe(
      "Engine: Pulumi CLI, /bin/pulumi (on the PATH).",
    );
    expect(engineLine({ kind: "embedded", why: "asked for" })).toBe(
      "Engine: embedded, not Pulumi's (asked for).",
    );
  });
});

describe("stateLine", () => {
  const own = targetOf({ stack: "local" }, "/checkout");
  const prod = targetOf({ stack: "prod" }, "/checkout");
  const cli: EngineChoice = { kind: "cli", binary: "pulumi", why: "on the PATH" };
  const embedded: EngineChoice = { kind: "embedded", why: "asked for" };
  const mine = "s3://mine?token=canary";
  const where = (stack: string) => `and the state of ${stack} is in ${own.home.state}.`;

  it.each<[typeof own, EngineChoice, string | undefined, string | undefined]>([
    [own, cli, undefined, undefined],
    [own, cli, `file://${own.home.state}/`, undefined],
    [prod, cli, mine, undefined],
    [
      own,
      cli,
      mine,
      `PULUMI_BACKEND_URL is not used: a stack of this name is the checkout's own, ${where("local")}`,
    ],
    [
      prod,
      embedded,
      mine,
      `PULUMI_BACKEND_URL is not used: the embedded engine works without backends, ${where("prod")}`,
    ],
  ])("of %o with %o and %s", (target, choice, backend, line) => {
    expect(stateLine(target, choice, { PULUMI_BACKEND_URL: backend })).toBe(line);
  });
});
