import { describe, expect, it } from "vitest";
import { outlookJson, outlookOf } from "#cli/commands/preview/outlook";
import { unknown } from "#cli/commands/preview/steps";
import { outlookLines } from "#cli/commands/preview/text";
import {
  command,
  hostWith,
  inputsOf,
  resources,
  route,
  said,
  step,
  timeline,
} from "../../../support/preview.js";

describe("the text of a preview", () => {
  it("of nothing to do", () => {
    expect(said({})).toEqual([
      "Containers  proxy     stays",
      "            app       stays",
      "            postgres  stays",
      "Downtime    0 s.",
      "Migration   none: app.migrate is not set.",
      "Images      all that is needed is on the host.",
      "Data        kept.",
    ]);
  });

  it("of a release has no downtime, and says what happens to lasting connections", () => {
    const lines = said({ app: { image: "app:2" } }, [route("same", {})]);
    expect(lines[1]).toBe(
      "            app       is replaced, the new one alongside the old: image app:1 → app:2; what is open to the old one is ended after 5 s",
    );
    expect(lines[3]).toBe(
      "Downtime    0 s: the new container of the app answers before the old one ends.",
    );
  });

  it("of another server has the seconds, why, and who notices", () => {
    const lines = said({ postgres: { memory: 512 } });
    expect(lines.slice(2, 4)).toEqual([
      "            postgres  is stopped, then made again: memory none → 512 MiB",
      "Downtime    postgres: about 4.5 s, as measured the last time (stopping alone may take 30 s); it holds its volume and port, so the present one stops before the new one starts. Requests that need the database fail meanwhile (all of them, where app.health.readyPath asks it), and its connections are closed.",
    ]);
  });

  it("of two outages has both, and their sum", () => {
    const lines = said({ postgres: { memory: 512 }, proxy: { memory: 512 } });
    expect(lines[3]).toBe("Downtime    about 9 s in all:");
    expect(lines[4]).toMatch(
      /^ {12}proxy: about 4.5 s, .* Nothing is answered meanwhile; the present/,
    );
    expect(lines[5]).toMatch(/^ {12}postgres: about 4.5 s, /);
  });

  it.each([
    ["", "not measured yet (stopping alone may take 30 s)"],
    [
      timeline.split("\n").slice(0, 5).join("\n"),
      "at least 3.6 s, which its last start took; how long it takes to stop was not measured yet (stopping alone may take 30 s)",
    ],
  ])("does not make up seconds that were not measured", (stdout, line) => {
    const [old, now] = [inputsOf("proxy"), inputsOf("proxy", { memory: 1 })];
    const meaning = outlookOf(
      resources(
        step("replace", { name: "proxy", old, now }),
        step("update", {
          name: "proxy-ready",
          type: command,
          old: {},
          now: {},
          outputs: { stdout },
        }),
      ),
      hostWith(),
    );
    expect(meaning.downtime.seconds).toBeNull();
    expect(outlookLines(meaning)[1]).toContain(`proxy: ${line}; it holds the host's ports`);
  });

  it("of a backup that is replaced has no downtime", () => {
    const [old, now] = [inputsOf("backup"), inputsOf("backup", { image: "backup:2" })];
    const lines = said({}, [step("replace", { name: "backup", old, now })]);
    expect(lines[3]).toBe(
      "            backup    is stopped, then made again: image backup:1 → backup:2",
    );
    expect(lines[4]).toBe("Downtime    0 s.");
  });

  it("of what was stopped or removed by hand says that it runs again", () => {
    const running = new Map([
      ["postgres-id", false],
      ["proxy-id", true],
    ]);
    expect(said({}, [], hostWith({ running })).slice(0, 3)).toEqual([
      "Containers  proxy     stays",
      "            app       is gone from the host, and is made again",
      "            postgres  does not run, and is started",
    ]);
  });

  it("of a change in place, and of a container that goes", () => {
    const [old, now] = [inputsOf("app"), inputsOf("app", { memory: 512 })];
    const steps = [
      step("update", { name: "app", old, now }),
      step("delete", { name: "backup", old: inputsOf("backup") }),
    ];
    expect(outlookLines(outlookOf(resources(...steps), hostWith())).slice(0, 3)).toEqual([
      "Containers  app     is changed in place and goes on running: memory none → 512 MiB",
      "            backup  is removed",
      "Downtime    0 s.",
    ]);
  });

  it("of a stack that is not there yet reads well", () => {
    const steps = ["postgres", "app", "proxy"].map((name) =>
      step("create", { name, now: inputsOf(name, { image: unknown }) }),
    );
    const build = { create: "bash images/build-app shop/app:1 . Dockerfile '' ''" };
    const migrate = { environment: { MIGRATION: unknown } };
    const meaning = outlookOf(
      resources(
        ...steps,
        step("create", { name: "app-image", type: command, now: build }),
        step("create", { name: "app-migrate", type: command, now: migrate }),
      ),
      hostWith({ running: new Map() }),
    );
    expect(outlookLines(meaning)).toEqual([
      "Containers  proxy, app, postgres: made; nothing of this stack runs yet.",
      "Downtime    none: nothing of this stack runs yet.",
      "Migration   runs.",
      "Images      shop/app:1 is built.",
      "Data        none is there yet.",
    ]);
  });

  it("is the same as data", () => {
    const [old, now] = [inputsOf("app"), inputsOf("app", { image: "app:2" })];
    const meaning = outlookOf(
      resources(step("replace", { name: "app", old, now })),
      undefined,
      "no",
    );
    expect(JSON.parse(JSON.stringify(outlookJson(meaning)))).toEqual({
      first: false,
      containers: [
        { name: "app", workload: "app", fate: "alongside", because: ["image app:1 → app:2"] },
      ],
      proxyReloads: false,
      downtime: { seconds: 0, outages: [] },
      migration: { runs: false, command: null },
      images: [{ reference: "app:2", fate: "pulled", certain: false }],
      data: { atRisk: false, notes: [] },
      unasked: "no",
    });
  });
});
