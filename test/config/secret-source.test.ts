import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { handoverOf } from "#cli/project/sealed-secrets";
import { settingsFrom } from "#config";
import { forgetHandover, handover } from "#config/secret-handover";
import { secretProblems } from "#config/secret-problems";
import { secretSource } from "#config/secret-source";
import { SettingsError } from "#lib/settings";
import { root } from "../support/root.js";

const directory = mkdtempSync(join(tmpdir(), "keelson-source-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A file whose JSON a command prints, and notes that it did. */
const file = join(directory, "values.json");
const calls = join(directory, "calls");
const print = join(root, "test", "support", "secret-sources", "print");
const command = { command: [print, directory] };
const stack = (secrets: object, sources: object[] = [{ environment: {} }, { command }]) =>
  settingsFrom({
    environment: "prod",
    app: { name: "shop", image: "shop:1.0" },
    secrets,
    secretSources: sources,
  });
const put = (values: object) => {
  writeFileSync(file, JSON.stringify(values));
  writeFileSync(calls, "");
};
const asked = () => readFileSync(calls, "utf8");
const place = { PATH: process.env["PATH"] };

describe("secretSource", () => {
  it("asks the sources once for the same settings, for the names that the environment lacks", () => {
    put({ B: "b", C_NAME: "c", OTHER: "o" });
    const settings = stack({ A: {}, B: {}, C: { variable: "C_NAME" }, D: { optional: true } });
    const environment = { ...place, A: "a" };
    const source = secretSource(settings, environment, directory);
    expect(["A", "B", "C_NAME", "D", "OTHER"].map(source)).toEqual([
      "a",
      "b",
      "c",
      undefined,
      undefined,
    ]);
    expect(secretProblems(settings, environment, directory)).toEqual([]);
    expect(asked()).toBe("B,C_NAME,D\n");
  });

  it("keeps to the order of the settings", () => {
    put({ A: "theirs" });
    const settings = stack({ A: {} }, [{ command }, { environment: {} }]);
    expect(secretSource(settings, { ...place, A: "ours" }, directory)("A")).toBe("theirs");
  });

  it("knows the environment only where it is a source", () => {
    put({});
    const settings = stack({ A: {} }, [{ command }]);
    expect(secretProblems(settings, { ...place, A: "ours" }, directory)).toEqual([
      "secrets.A: is missing; set A in command (secretSources)",
    ]);
  });

  it("does not ask again for what a command has handed over", () => {
    put({ B: "b" });
    const settings = stack({ B: {}, D: { optional: true } });
    const handed = handoverOf(settings, place, directory);
    expect(handed).toEqual({ KEELSON_INJECTED_B: "b", KEELSON_ABSENT_SECRETS: "D" });
    const again = stack({ B: {}, D: { optional: true } });
    expect(["B", "D"].map(secretSource(again, { ...place, ...handed }, directory))).toEqual([
      "b",
      undefined,
    ]);
    expect(asked()).toBe("B,D\n");
  });

  it("hands nothing over where the environment is the only source", () => {
    expect(handoverOf(stack({ A: {} }, [{ environment: {} }]), { A: "a" }, directory)).toEqual({});
  });
});

describe("secretProblems of sources", () => {
  it("has what is wrong in all sources and values at once, and calls nothing missing that may be in one that is silent", () => {
    put({ A: "short" });
    const settings = stack({ A: { minLength: 20 }, B: {}, C: {} }, [
      { environment: {} },
      { doppler: {} },
      { command },
    ]);
    expect(secretProblems(settings, { ...place, C: "c" }, directory)).toEqual([
      "secretSources[1].doppler: needs DOPPLER_TOKEN, which is not set; set it to a service token of the config in the environment of this command",
      "secrets.A: is shorter than 20 characters; set A in environment, or doppler, or command (secretSources)",
    ]);
    expect(() => secretSource(settings, { ...place, C: "c" }, directory)).toThrow(SettingsError);
  });
});

describe("handover", () => {
  it("leaves out what no variable takes", () => {
    const long = "x".repeat(120 * 1024 + 1);
    expect(handover({ A: long, B: "b", C: "\0" })).toEqual({ KEELSON_INJECTED_B: "b" });
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, n) => [`V${String(n)}`, "x".repeat(120_000)]),
    );
    expect(Object.keys(handover(many))).toHaveLength(8);
  });

  it("is forgotten", () => {
    const environment = { A: "a", ...handover({ B: "b" }, ["C"]) };
    forgetHandover(environment);
    expect(environment).toEqual({ A: "a" });
  });
});
