import { describe, expect, it } from "vitest";
import { behaviours, type Behaviour } from "./e2e/difficult/behaviours.js";
import type { Asked } from "./e2e/difficult/load.js";
import { inTurn } from "./e2e/difficult/sample.js";
import { oldSections, sectionsOf } from "./e2e/difficult/sections.js";
import { cover, expectationOf, nameOf, type Row } from "./e2e/difficult/settings.js";
import { failuresIn, versionsIn } from "./e2e/difficult/verdict.js";
import { generator } from "./support/random.js";

const images = { plain: "app:1", shellLess: "app:2" };

function behaviour(name: string): Behaviour {
  const found = behaviours.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no behaviour is called ${name}`);
  return found;
}

function row(name: string, more: Partial<Row> = {}): Row {
  return {
    behaviour: behaviour(name),
    smoke: true,
    watch: true,
    replicas: 1,
    secretsAs: "files",
    tls: "off",
    migration: "none",
    reloads: false,
    ...more,
  };
}

/** Result and gate. */
function right(name: string, more: Partial<Row> = {}): string {
  const expectation = expectationOf(row(name, more));
  return expectation.result === "live"
    ? "live"
    : `${expectation.result} by ${expectation.caught.by}`;
}

describe("expectationOf", () => {
  it.each<[string, Partial<Row>, string]>([
    ["nothing is difficult", {}, "live"],
    ["every page answers 503", {}, "failed by smoke"],
    ["every page answers 503", { smoke: false }, "rolled-back by watch"],
    ["every page answers 503", { smoke: false, watch: false }, "live"],
    ["503 for what comes through the proxy", {}, "rolled-back by through"],
    ["503 for what comes through the proxy", { smoke: false }, "rolled-back by watch"],
    ["a route answers 400", { watch: false }, "live"],
    ["redirects plain HTTP", {}, "failed by ready"],
    ["redirects plain HTTP", { tls: "self-signed" }, "live"],
    ["wants a database that no migration makes", {}, "failed by ready"],
    ["wants a database that no migration makes", { migration: "good" }, "live"],
    ["ready to whoever says who asks", { smoke: false, watch: false }, "failed by check"],
    ["the migration fails half-way", { migration: "bad" }, "failed by migration"],
  ])("of '%s' with %o is: %s", (name, more, expected) => {
    expect(right(name, more)).toBe(expected);
  });
});

describe("behaviours", () => {
  it("have names of their own", () => {
    expect(new Set(behaviours.map(({ name }) => name)).size).toBe(behaviours.length);
  });
});

describe("cover", () => {
  const rows = cover(generator(1));

  it("tries every behaviour with and without each setting", () => {
    for (const each of behaviours) {
      const own = rows.filter((one) => one.behaviour === each);
      const seen = (key: keyof Row) => new Set(own.map((one) => one[key])).size;
      expect([seen("smoke"), seen("watch"), seen("replicas"), seen("reloads")]).toEqual([
        2, 2, 2, 2,
      ]);
      expect(seen("migration")).toBe(each.migration === "bad" ? 1 : 2);
    }
  });

  it("is small, and has rows of each result in either shard", () => {
    expect(rows.length).toBeLessThan(130);
    for (const tls of ["off", "self-signed"] as const) {
      const results = rows.filter((one) => one.tls === tls).map((one) => expectationOf(one).result);
      expect(new Set(results)).toEqual(new Set(["live", "failed", "rolled-back"]));
    }
  });

  it("names each row as no other", () => {
    const names = rows.map((one) => `${one.tls} ${nameOf(one)}`);
    expect(new Set(names).size).toBe(rows.length);
  });
});

describe("inTurn", () => {
  it("begins with a row of each result, and keeps all rows", () => {
    const rows = cover(generator(2)).filter(({ tls }) => tls === "off");
    const ordered = inTurn(rows);
    expect(ordered.slice(0, 3).map((one) => expectationOf(one).result)).toEqual([
      "live",
      "failed",
      "rolled-back",
    ]);
    expect([ordered.length, new Set(ordered).size]).toEqual([rows.length, rows.length]);
  });
});

describe("sectionsOf", () => {
  it("wants the database as its migration makes it", () => {
    const wanted = (more: Partial<Row>, name = "nothing is difficult") => {
      const { app } = sectionsOf(row(name, more), 7, images) as {
        app: { env: { DIFFICULT: string }; migrate: { command: string[] } };
      };
      return [JSON.parse(app.env.DIFFICULT) as unknown, app.migrate.command.slice(2).join(" ")];
    };
    expect(wanted({})).toEqual([{ head: 1 }, "1"]);
    expect(wanted({ migration: "good" })).toEqual([{ head: 1007 }, "1007"]);
    expect(wanted({ migration: "bad" })).toEqual([{ head: 1007 }, "1007 fail"]);
    expect(wanted({}, "wants a database that no migration makes")).toEqual([{ head: 1007 }, "1"]);
  });

  it("changes nothing that the old version's do not change back", () => {
    const keys = (value: unknown, path = ""): string[] =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, each]) => keys(each, `${path}.${key}`))
        : [path];
    const old = new Set(keys(oldSections(images)));
    const all = cover(generator(1)).flatMap((each) => keys(sectionsOf(each, 1, images)));
    expect([...new Set(all)].filter((key) => !old.has(key))).toEqual([]);
  });
});

describe("failuresIn", () => {
  const served: Asked = {
    kind: "page",
    began: 0,
    ended: 12,
    status: 200,
    said: "page /\n",
    version: "old",
    fault: undefined,
  };
  const noise = { ...served, kind: "noise", status: 503, fault: "noise" };
  const own = { ...served, status: 503, fault: "own", version: "row-1" };
  const cut = { ...served, kind: "post", status: 0, said: "socket hang up", version: undefined };
  const lost = { ...served, status: 502, said: "Bad gateway", version: undefined };

  const told = (asked: readonly Asked[], name: string, more: Partial<Row> = {}) => {
    const of = row(name, more);
    return failuresIn(asked, of, expectationOf(of));
  };

  it("are none while a version serves", () => {
    expect(told([served, noise], "nothing is difficult")).toEqual([]);
  });

  it("are all that is not 200, with their version", () => {
    expect(told([cut, lost], "nothing is difficult")).toEqual([
      "post: 0 socket hang up (version none, 12 ms)",
      "page: 502 Bad gateway (version none, 12 ms)",
    ]);
  });

  it("are an app's own errors where it should have had no client", () => {
    expect(told([own], "every page answers 503")).toEqual([
      "page: 503 page / (version row-1, 12 ms)",
    ]);
    expect(told([own], "every page answers 503", { smoke: false })).toEqual([]);
  });

  it("are not what can't be repeated when the process ends", () => {
    const ends = "ends with 1 after its first client";
    expect(told([cut, lost], ends)).toEqual(["page: 502 Bad gateway (version none, 12 ms)"]);
    expect(told([cut, lost], "one GET kills it")).toHaveLength(1);
  });

  it("are what the version before could have answered while a version that ends had the traffic", () => {
    const ends = "ends with 1 after its first client";
    const at = (began: number, each: Asked) => ({ ...each, began, ended: began + 12 });
    const fresh = { ...served, version: "row-1" };
    const around = [at(0, served), at(5000, fresh), at(6000, fresh), at(8000, served)];
    expect(
      [0, 502, 503, 504].flatMap((status) =>
        told([...around, at(5500, { ...lost, status })], ends),
      ),
    ).toHaveLength(4);
    expect(told([...around, at(5500, cut)], ends)).toEqual([]);
  });

  it("are not what the proxy can't take from a version that is live", () => {
    expect(told([lost], "headers of 40 KiB", { smoke: false })).toEqual([]);
  });
});

describe("versionsIn", () => {
  it("are those that answered", () => {
    const asked = ["old", undefined, "row-1", "old"].map((version) => ({ version }) as Asked);
    expect(versionsIn(asked)).toEqual(["old", "row-1"]);
  });
});
