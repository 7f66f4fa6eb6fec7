import { describe, expect, it } from "vitest";
import { askCollations, collationProblem } from "#cli/stack/data/collations";
import type { Docker } from "#lib/docker";
import { inspectScript } from "#lib/inspect-script";

const ordered = [
  { database: "shop_prod", collation: "de-x-icu", library: "icu" },
  { database: "shop_prod", collation: "en_US", library: "libc" },
] as const;
const now = { libc: "glibc 2.36", icu: "ICU 72" };

describe("collationProblem", () => {
  it("48: names what a newer base would put out of order, and the commands that put it right", () => {
    const next = { libc: "glibc 2.41", icu: "ICU 72" };
    const lines = collationProblem("prod", "--stack prod", ordered, now, next)?.split("\n");
    expect(lines?.[0]).toBe(
      "The new image of Postgres orders text otherwise (glibc 2.36 → glibc 2.41), and prod has indexes by the collations " +
        "en_US of shop_prod, which would give wrong answers: nothing was changed. Put them in order:",
    );
    expect(lines?.[1]).toBe("  keelson upgrade-postgres --stack prod --rehearse");
  });

  it("has nothing to say where the library changes and nothing is ordered by it", () => {
    const next = { libc: "glibc 2.36", icu: "ICU 76" };
    expect(collationProblem("prod", "", [ordered[1]], now, next)).toBeUndefined();
    expect(collationProblem("prod", "", ordered, now, now)).toBeUndefined();
  });
});

describe("askCollations", () => {
  const told = (libc: string, icu: string) => `${libc}\nlibicui18n.so.${icu}\n`;
  const docker =
    (inServer: string, inImage: string): Docker =>
    (args, options = {}) => {
      const asksLibraries = options.input === inspectScript("libraries");
      const stdout =
        args[0] === "run"
          ? inImage
          : asksLibraries
            ? inServer
            : options.input === "SELECT datname FROM pg_database WHERE datallowconn"
              ? "postgres\nshop_prod\n"
              : args.at(-1) === "--dbname=shop_prod"
                ? "icu|de-x-icu\nlibc|its default\n"
                : "";
      return Promise.resolve({ code: stdout === "-" ? 125 : 0, stdout, stderr: "" });
    };

  it("asks every database of the server", async () => {
    const asked = await askCollations(
      docker(told("glibc 2.36", "72"), told("glibc 2.41", "76")),
      { id: "1" },
      "new",
    );
    expect(asked).toEqual({
      now,
      next: { libc: "glibc 2.41", icu: "ICU 76" },
      ordered: [
        { database: "shop_prod", collation: "de-x-icu", library: "icu" },
        { database: "shop_prod", collation: "its default", library: "libc" },
      ],
    });
  });

  it("asks none where the libraries are the same, or the image is not there yet", async () => {
    const same = told("glibc 2.36", "72");
    expect(await askCollations(docker(same, same), { id: "1" }, "new")).toBeUndefined();
    expect(await askCollations(docker(same, "-"), { id: "1" }, "new")).toBeUndefined();
  });
});
