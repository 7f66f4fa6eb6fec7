// The upgrade of a project's package, with packages that npm makes here and no registry.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "#lib/run-process";
import { upgrade } from "#cli/commands/upgrade";
import { candidate } from "#cli/commands/upgrade/candidate";
import { Pin } from "#cli/commands/upgrade/pin";
import { changesBetween, compareVersions } from "#cli/commands/upgrade/versions";
import { long } from "../../../support/long.js";

const changelog = `# Changelog

## Unreleased

- Not yet.

## [0.3.0]

- Three.

## 0.2.0 - 2026-01-01

- Two.

## 0.1.0

- One.
`;

describe("versions", () => {
  it("are in npm's order", () => {
    const sorted = ["1.0.0-rc.2", "0.10.0", "1.0.0", "0.9.1", "1.0.0-rc.10"].sort(compareVersions);
    expect(sorted).toEqual(["0.9.1", "0.10.0", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0"]);
    expect(compareVersions("1.2.3+a", "1.2.3")).toBe(0);
  });

  it("have their sections of the changelog", () => {
    expect(changesBetween(changelog, "0.1.0", "0.3.0")).toBe(
      "## [0.3.0]\n\n- Three.\n\n## 0.2.0 - 2026-01-01\n\n- Two.",
    );
    expect(changesBetween(changelog, "0.1.0", "0.2.0")).toBe("## 0.2.0 - 2026-01-01\n\n- Two.");
    expect(changesBetween(changelog, "0.3.0", "0.4.0")).toBe("");
  });
});

// npm starts a dozen times.
describe("an upgrade", { timeout: 240_000 }, () => {
  let folder = "";
  let project = "";
  const packages: Record<string, string> = {};
  const from = process.cwd();

  const npm = (...args: string[]) => {
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--offline"];
    return execFileSync("npm", [...args, ...quiet], { cwd: project, encoding: "utf8" });
  };
  const git = (...args: string[]) => {
    const who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
    return execFileSync("git", [...who, ...args], { cwd: project, encoding: "utf8" });
  };

  /** A package whose preview says its version, and fails where it is asked to. */
  function pack(version: string, name = "keelson"): void {
    const source = join(folder, `${name}-${version}`);
    mkdirSync(join(source, "bin"), { recursive: true });
    writeFileSync(join(source, "package.json"), JSON.stringify({ name, version }));
    writeFileSync(join(source, "CHANGELOG.md"), changelog);
    const text = `console.log("Downtime by ${version}:", ...process.argv.slice(2));\nprocess.exit(Number(process.env.PREVIEW ?? 0));\n`;
    writeFileSync(join(source, "bin/keelson.mjs"), text);
    execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: source });
    packages[version] = join(folder, `${name}-${version}.tgz`);
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-upgrade-"));
    for (const version of ["0.1.0", "0.2.0"]) pack(version);
    pack("9.0.0", "other");
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    project = mkdtempSync(join(folder, "project-"));
    writeFileSync(join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    writeFileSync(join(project, ".gitignore"), "node_modules/\n.keelson/\n");
    writeFileSync(join(project, "package.json"), '{ "name": "shop-deploy", "private": true }\n');
    npm("install", "--save-exact", packages["0.1.0"] ?? "");
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message", "first");
    process.chdir(project);
  });
  afterEach(() => {
    process.chdir(from);
    Reflect.deleteProperty(process.env, "PREVIEW");
  });

  const installed = () =>
    (
      JSON.parse(readFileSync(join(project, "node_modules/keelson/package.json"), "utf8")) as {
        version: string;
      }
    ).version;

  async function upgraded(more: Partial<Parameters<typeof upgrade>[0]> = {}): Promise<string> {
    const lines: string[] = [];
    const options = { stack: "local", preview: true, yes: true, to: packages["0.2.0"] ?? "" };
    await upgrade({ ...options, ...more }, (line) => lines.push(line));
    return lines.join("\n");
  }

  it("shows the changelog and the new version's preview, and pins it", async () => {
    const said = await upgraded();
    expect(said).toContain("Keelson 0.1.0 → 0.2.0\n\n## 0.2.0 - 2026-01-01\n\n- Two.\n");
    expect(said).toContain("Downtime by 0.2.0: preview --stack local");
    expect(installed()).toBe("0.2.0");
    expect(readFileSync(join(project, "package.json"), "utf8")).toContain("keelson-0.2.0.tgz");
    expect(git("status", "--porcelain").trim().split("\n")).toEqual([
      "M package-lock.json",
      " M package.json",
    ]);
    expect(existsSync(join(project, ".keelson/upgrade"))).toBe(false);
  });

  it("leaves all as it was where the preview fails, or nobody agrees", long, async () => {
    process.env["PREVIEW"] = "1";
    await expect(upgraded()).rejects.toThrow("The preview with the new version fails, so nothing");
    await expect(upgraded({ preview: false, yes: false })).rejects.toThrow("Nobody is here to ask");
    expect([installed(), git("status", "--porcelain")]).toEqual(["0.1.0", ""]);
    expect(await upgraded({ preview: false })).toContain("Keelson 0.2.0 is pinned");
  });

  it("undoes what a run that was killed has left", async () => {
    const pin = new Pin(project, join(project, ".keelson/upgrade"), run);
    mkdirSync(join(project, ".keelson"));
    await pin.move(packages["0.2.0"] ?? "");
    expect(installed()).toBe("0.2.0");
    expect(await upgraded()).toMatch(/^An upgrade that was interrupted is undone\./);
    expect(installed()).toBe("0.2.0");
  });

  it("says in one sentence what is in its way", long, async () => {
    expect(await upgraded({ to: packages["0.1.0"] ?? "" })).toMatch(
      /^Keelson 0\.1\.0 is installed, and is what .* stands for\.$/,
    );
    await expect(upgraded({ to: packages["9.0.0"] ?? "" })).rejects.toThrow(
      "is the package other, not keelson.",
    );
    writeFileSync(join(project, "index.ts"), "changed\n");
    await expect(upgraded()).rejects.toThrow(
      "has changes that are in no commit (index.ts); commit them, or take them back.",
    );
    rmSync(join(project, "index.ts"));
    await upgraded();
    git("commit", "--quiet", "--all", "--message", "second");
    await expect(upgraded({ to: packages["0.1.0"] ?? "" })).rejects.toThrow(
      "--to: 0.1.0 is older than 0.2.0, which is installed",
    );
    writeFileSync(join(project, "pnpm-lock.yaml"), "");
    await expect(upgraded()).rejects.toThrow("pnpm-lock.yaml: npm does not keep these packages");
  });

  it("says in one sentence that there is no registry", async () => {
    const away: typeof run = (command, args, options) =>
      run(command, [...args, "--registry=http://127.0.0.1:9/", "--fetch-retries=0"], options);
    await expect(candidate("latest", project, away)).rejects.toThrow(
      /^--to: latest can't be had from npm's registry \(.*127\.0\.0\.1:9.*\)\.$/,
    );
  });
});
