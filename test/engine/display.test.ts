import { expect, test, vi } from "vitest";
import { Display, summary } from "#engine/display";
import { Secret } from "#engine/values";

test("masks every secret it knows, in any form it may take", () => {
  const lines: string[] = [];
  const display = new Display((line) => lines.push(line));
  display.learn({ a: [new Secret({ deep: "p&ss w" }), new Secret('qu"ote')] });
  display.learn(new Secret("first line of a key\nsecond line of a key"));
  display.learn(new Secret("abc"));
  display.learn("not a secret");
  display.print('p&ss w, p%26ss%20w, {"x":"qu\\"ote"}, abc, not a secret\nsecond line of a key');
  expect(lines).toEqual(['[secret], [secret], {"x":"[secret]"}, abc, not a secret', "[secret]"]);
});

test("masks a secret that contains another one as a whole", () => {
  const lines: string[] = [];
  const display = new Display((line) => lines.push(line));
  display.learn(new Secret("word"));
  display.learn(new Secret("password-word"));
  display.print("password-word word");
  expect(lines).toEqual(["[secret] [secret]"]);
});

test("does not mask what a command said in an earlier run", () => {
  const lines: string[] = [];
  const display = new Display((line) => lines.push(line));
  const outputs = { stderr: new Secret("made"), environment: new Secret({ KEY: "canary" }) };
  display.learnOutputs("command:local:Command", outputs, {});
  display.print("made canary");
  // Nobody saw this one.
  display.learnOutputs("command:local:Command", { ...outputs, logging: "none" }, {});
  display.print("made canary");
  expect(lines).toEqual(["made [secret]", "[secret] [secret]"]);
});

test("does not mask what was given in clear, though an output has made all of it secret", () => {
  const lines: string[] = [];
  const display = new Display((line) => lines.push(line));
  const inputs = { create: "deploy", stdin: new Secret("pass"), dir: "here" };
  const outputs = { ...inputs, create: new Secret("deploy"), dir: new Secret("elsewhere") };
  display.learnOutputs("command:local:Command", outputs, inputs);
  display.print("deploy here elsewhere pass");
  expect(lines).toEqual(["deploy here [secret] [secret]"]);
});

test("a step is shown while it goes on, and not any more once it has ended", () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    const display = new Display((line) => lines.push(line));
    const end = display.step(
      "create",
      "urn:pulumi:s::p::a:b:C$docker:index/network:Network::n",
      "",
    );
    vi.advanceTimersByTime(21_000);
    end("no\nbecause");
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual([
      "  + create docker:Network n … 2 s so far",
      "  + create docker:Network n … 10 s so far",
      "  + create docker:Network n … 20 s so far",
      "  + create docker:Network n … 21.0 s (begun at 0.0 s) failed: no",
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test("a step says how long it took and how it went", () => {
  const lines: string[] = [];
  const display = new Display((line) => lines.push(line));
  const urn = "urn:pulumi:s::p::a:b:C$docker:index/container:Container::postgres";
  display.step("create", urn, "")();
  display.step("replace", urn, "envs")("no");
  expect(lines).toEqual([
    "  + create docker:Container postgres … 0.0 s (begun at 0.0 s)",
    "  ± replace docker:Container postgres (envs) … 0.0 s (begun at 0.0 s) failed: no",
  ]);
});

test("the summary names what happened", () => {
  const changes = { create: 12, update: 0, replace: 1, delete: 0, same: 3 };
  expect(summary(changes, 9.14, false)).toBe(
    "Resources: + 12 created, ± 1 replaced, 3 unchanged; Duration: 9.1 s",
  );
  const none = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  expect(summary(none, 1, true)).toBe(
    "Resources (preview, nothing was done): nothing; Duration: 1.0 s",
  );
});
