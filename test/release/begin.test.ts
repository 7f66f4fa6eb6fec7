import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { begin } from "#release/begin";
import { FakeContainers } from "../support/fake-containers.js";
import { fakeContext } from "../support/step-context.js";
import { begun, usual, world } from "../support/step-world.js";

const content = { image: "shop:1", version: "1", gitSha: "abc", settings: { a: "ü'$" } };
const text = JSON.stringify(content);

describe("begin", () => {
  it("begins a record that says who releases, in which process, and what is rolled back to", async () => {
    const here = world({ KEELSON_ACTOR: "eve", GITHUB_ACTOR: "bot", KEELSON_BACK_TO: "v1" }, text);
    await begin(here.context, here.proxy.converse);
    expect(here.context.printed).toEqual(["v1"]);
    expect(here.record()).toEqual({
      id: "v1",
      switched: null,
      end: null,
      result: "running",
      reason: null,
      begin: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      who: "eve",
      by: `${String(process.ppid)}@${hostname()}`,
      backTo: "v1",
      migration: null,
      imageId: null,
      content,
      counters: { worker: "2/5", requests: 0, failed: 0, errors: 0 },
      counted: { requests: 0, failed: 0, errors: 0 },
    });
  });

  it.each([
    ["the one that GitHub names", { KEELSON_ACTOR: "", GITHUB_ACTOR: "bot" }, /^bot$/],
    ["the person at the machine", { KEELSON_ACTOR: "" }, new RegExp(`^\\S+@${hostname()}$`)],
  ])("takes %s where nobody else is named", async (_what, environment, who) => {
    const here = world(environment, text);
    await begin(here.context, here.proxy.converse);
    expect(here.record()?.["who"]).toMatch(who);
    expect(here.record()?.["backTo"]).toBeNull();
  });

  it("goes on with one of the same content that a kill has left", async () => {
    const here = world({}, text);
    begun(here.proxy, { content, by: "7@elsewhere" });
    await begin(here.context, here.proxy.converse);
    expect([here.context.printed, here.record()?.["by"]]).toEqual([
      ["v1"],
      `${String(process.ppid)}@${hostname()}`,
    ]);
  });

  it("does nothing where there is no proxy yet", async () => {
    const context = fakeContext(usual, new FakeContainers("").docker, text);
    await begin(context, () => {
      throw new Error("there is nobody to speak with");
    });
    expect(context.printed).toEqual([]);
  });

  it.each([
    ["nothing", "", "the release's content is none: "],
    ["no JSON", "{", "the release's content is none: "],
    ["something else", "{}", "the release's content is none: "],
  ])("refuses %s, before anything of the release has begun", async (_what, input, message) => {
    const here = world({}, input);
    await expect(begin(here.context, here.proxy.converse)).rejects.toThrow(
      `the history of releases can't be written, and nothing of the release has begun: ${message}`,
    );
    expect([here.context.printed, here.record()]).toEqual([[], undefined]);
  });

  it("fails where the record can't be written: a release without one could not be rolled back to", async () => {
    const here = world({}, text);
    here.proxy.broken.set("write", "No space left on device");
    await expect(begin(here.context, here.proxy.converse)).rejects.toThrow(
      "nothing of the release has begun: proxy: write releases/v1.json: it ended with 1: No space left on device",
    );
  });
});
