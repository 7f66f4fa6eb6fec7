import { describe, expect, it } from "vitest";
import { findData, read, type DataFound } from "#cli/stack/data/found";
import { dataProblem } from "#cli/stack/data/problem";
import type { Docker } from "#lib/docker";

const wanted = { stack: "prod", version: 17, initialised: true, flags: "--stack prod" };
const found: DataFound = {
  volume: "shop-prod-postgres-data",
  present: true,
  major: 17,
  cluster: "71",
  known: ["71"],
};

describe("dataProblem", () => {
  it("has nothing against the stack's own data, nor against none where there never were any", () => {
    expect(dataProblem(found, wanted)).toBeUndefined();
    expect(dataProblem({ ...found, known: ["70", "71", "72"] }, wanted)).toBeUndefined();
    const none = { ...found, present: false, major: undefined, cluster: undefined, known: [] };
    expect(dataProblem(none, { ...wanted, initialised: false })).toBeUndefined();
  });

  it("47: refuses data of an older major version with the commands that upgrade them", () => {
    expect(dataProblem({ ...found, major: 15 }, wanted)?.split("\n")).toEqual([
      "The data of prod are of PostgreSQL 15, and postgres.version is 17: nothing was changed. Set it to 15, or upgrade:",
      "  keelson upgrade-postgres --stack prod --rehearse",
      expect.stringMatching(/^ {4}restores the newest state .* leaves the server alone$/),
      "  keelson upgrade-postgres --stack prod --apply",
      expect.stringMatching(/^ {4}does it on the data, with the app in maintenance;/),
    ]);
  });

  it("47: refuses data of a newer one, to which there is no way back but the data of before", () => {
    expect(dataProblem(found, { ...wanted, version: 15 })).toBe(
      "The data of prod are of PostgreSQL 17, and postgres.version is 15: nothing was changed. " +
        "PostgreSQL can't be downgraded: set postgres.version to 17. Right after an upgrade, this puts the data of before it back: " +
        "keelson upgrade-postgres --stack prod --undo",
    );
  });

  it.each([
    [
      { present: false },
      /^The volume shop-prod-postgres-data is not on this Docker host, but its /,
    ],
    [
      { known: [] },
      /^The volume .* holds no data of PostgreSQL, but the state of prod says that it has/,
    ],
  ])("49: makes no empty database where there was one: %j", (over, message) => {
    const empty = { ...found, major: undefined, cluster: undefined, ...over };
    expect(dataProblem(empty, wanted)).toMatch(message);
  });

  it("49: makes none either when only the repository knows of one", () => {
    const empty = { ...found, major: undefined, cluster: undefined };
    expect(dataProblem(empty, { ...wanted, initialised: false })).toMatch(
      /its repository holds the backups of the cluster 71: nothing was changed/,
    );
  });

  it("49: refuses the data of another stack", () => {
    expect(dataProblem({ ...found, cluster: "99" }, wanted)).toMatch(
      /^The volume .* holds the data of the cluster 99, but the repository of prod holds the backups of 71: nothing was changed\./,
    );
  });
});

describe("findData", () => {
  const docker =
    (answers: Readonly<Record<string, string>>, asked: string[] = []): Docker =>
    (args) => {
      asked.push(args.join(" "));
      const key = Object.keys(answers).find((each) => args.join(" ").startsWith(each));
      const missing = { code: 1, stdout: "", stderr: "Error: No such volume: x" };
      return Promise.resolve(
        key === undefined ? missing : { code: 0, stdout: answers[key] ?? "", stderr: "" },
      );
    };

  it("reads what the volumes say", () => {
    expect(read("major 15\ncluster 7300000000000000001\nknown 1\nknown 2\n")).toEqual({
      major: 15,
      cluster: "7300000000000000001",
      known: ["1", "2"],
    });
    expect(read("")).toEqual({ major: undefined, cluster: undefined, known: [] });
  });

  it("does not mount a volume that is not there: Docker would make it", async () => {
    const asked: string[] = [];
    expect(await findData(docker({}, asked), "shop", "prod")).toMatchObject({ present: false });
    expect(asked).toEqual(["volume inspect shop-prod-postgres-data"]);
  });

  it("looks by a container of its own where no server runs, and changes nothing", async () => {
    const asked: string[] = [];
    const answers = { "volume inspect": "", "ps ": "", "images ": "abc\n", run: "major 17\n" };
    expect(await findData(docker(answers, asked), "shop", "prod")).toMatchObject({ major: 17 });
    const run = asked.find((each) => each.startsWith("run")) ?? "";
    expect(run).toContain("--volume shop-prod-postgres-data:/var/lib/postgresql/data:ro");
    expect(run).toContain("--volume shop-prod-repository:/repository:ro");
    expect(run).toContain("--network none --init --read-only --cap-drop ALL");
    expect(run).toContain("--pids-limit 256 --memory 128m");
  });

  it("says nothing where there is no image to look with, and fails where Docker does not answer", async () => {
    const answers = { "volume inspect": "", "ps ": "", "images ": "" };
    expect(await findData(docker(answers), "shop", "prod")).toBeUndefined();
    const dead: Docker = () => Promise.resolve({ code: 1, stdout: "", stderr: "no daemon" });
    await expect(findData(dead, "shop", "prod")).rejects.toThrow(
      "The Docker engine does not answer: no daemon",
    );
  });
});
