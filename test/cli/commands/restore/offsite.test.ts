import { describe, expect, it } from "vitest";
import { offsiteFiles } from "#cli/stack/offsite";
import type { OffsiteFound } from "#cli/documents/offsite";
import { doneText, foundText, generatedSecrets } from "#cli/commands/restore/offsite";
import { settingsFrom } from "#config";

const found: OffsiteFound = {
  windowFrom: "2026-02-01 01:00:05+00",
  windowTo: "2026-03-01 08:59:59+00",
  target: "2026-03-01 08:59:59+00",
  newest: "2026-03-01 09:00:00+00",
  age: 7300,
  backup: "20260301-010000F",
  bytes: 31_000_000,
};

describe("foundText", () => {
  it("says that everything is restored, and how old the newest is", () => {
    expect(foundText(found, 2, "latest")).toEqual([
      "Repository 2: any moment can be restored from 2026-02-01 01:00:05+00 to 2026-03-01 08:59:59+00.",
      "Restored is all of it, to 2026-03-01 09:00:00+00, 122 min ago, from the backup 20260301-010000F.",
    ]);
  });

  it("says that what was written after the target is not restored", () => {
    const at = { ...found, target: "2026-02-27 12:00:00+00" };
    expect(foundText(at, 3, "2026-02-27T12:00:00Z")[1]).toBe(
      "Restored is 2026-02-27 12:00:00+00, from the backup 20260301-010000F; what was written after it is not.",
    );
  });

  it("warns of another host that is still at work", () => {
    expect(foundText({ ...found, age: 40 }, 2, "latest").at(-1)).toBe(
      "WAL has arrived 40 s ago: if the other host is still at work, stop it first.",
    );
  });
});

describe("doneText", () => {
  it("tells the checks, the rows and what is next", () => {
    const checks = [{ name: "rows", ok: true, detail: "2 tables, 7 rows" }];
    expect(doneText({ ...found, rows: { a: 3, b: 4 }, checks }, "prod")).toEqual([
      "  ok  rows: 2 tables, 7 rows",
      "Restored: 2 tables, 7 rows.",
      "Now bring it up: keelson up --stack prod",
    ]);
  });
});

const settings = settingsFrom({
  environment: "prod",
  app: { name: "shop", image: "shop:1.0" },
  secrets: {
    PASS: {},
    ID: {},
    KEY: { variable: "OTHER" },
    CA: {},
    SEAL: { generate: { length: 32 } },
  },
  backup: {
    passphraseSecret: "PASS",
    repositories: [
      {
        endpoint: "s3.example.com",
        bucket: "shop",
        region: "eu",
        caSecret: "CA",
        accessKeySecret: "ID",
        secretKeySecret: "KEY",
      },
    ],
  },
});

describe("generatedSecrets", () => {
  it("are those that are in the other host's state alone", () => {
    expect(generatedSecrets(settings)).toEqual(["SEAL"]);
  });
});

describe("offsiteFiles", () => {
  const values: Record<string, string> = { PASS: "pass\n", ID: "id", OTHER: "key", CA: "PEM" };

  it("are the configuration of the repositories elsewhere, and their authorities", () => {
    const files = offsiteFiles(settings, "prod", (name) => values[name]);
    expect(Object.keys(files)).toEqual(["pgbackrest.conf", "repository-2-ca.pem"]);
    const config = files["pgbackrest.conf"] ?? "";
    for (const line of [
      "repo2-path=/shop-prod",
      "repo2-cipher-pass=pass",
      "repo2-s3-key=id",
      "repo2-s3-key-secret=key",
      "pg1-user=shop_prod_backup",
    ]) {
      expect(config.split("\n")).toContain(line);
    }
    expect(config).not.toMatch(/repo1|async/);
    expect(files["repository-2-ca.pem"]).toBe("PEM");
  });

  it("refuse a value of more than one line, naming its setting", () => {
    const two = (name: string) => (name === "OTHER" ? "a\nb" : values[name]);
    expect(() => offsiteFiles(settings, "prod", two)).toThrow(
      /^backup\.repositories\[0\]\.secretKeySecret: the secret has more than one line/,
    );
  });
});
