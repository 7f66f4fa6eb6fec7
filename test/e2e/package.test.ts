// The package in a project of its own, as its users have it: npm installs it in an empty folder outside of the checkout.
// @module-tag long
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { claimName, takePorts } from "../support/claims.js";
import { docker } from "../support/docker.js";
import { installedExample, packed, type Installed } from "../support/package.js";

const name = "test-package";
const ports = await takePorts("http", "admin");
let tarball = "";
let project: Installed;

beforeAll(async () => {
  await claimName(name);
  tarball = await packed();
  project = await installedExample("own-resources", tarball);
  const config = {
    "keelson:environment": "local",
    "keelson:app": { name },
    "keelson:proxy": { httpPort: ports.http },
    "keelson:postgres": { adminPort: ports.admin },
  };
  writeFileSync(join(project.directory, "Pulumi.local.yaml"), stringify({ config }));
});

afterAll(async () => {
  await project.run(["keelson", "stop", "--purge", "--yes"]);
  rmSync(dirname(project.directory), { recursive: true });
  rmSync(dirname(tarball), { recursive: true });
});

const version = async () =>
  (await (await fetch(`http://localhost:${String(ports.http)}/version`)).json()) as object;

// Pulumi's CLI takes over below what the embedded engine has made; it notes where each line of the program is.
const up = ["keelson", "up", "--json", "--engine", "embedded"];

describe("the installed package", () => {
  it("lets a project test its program with Pulumi's mocks", async () => {
    expect(await project.run(["npm", "test"])).toMatch(/^# pass 1$|^ℹ pass 1$/m);
  });

  it("brings the project up, own resources too, and has no path of this machine in its state", async () => {
    const said = await project.run(up);
    expect(JSON.parse(said.trim().split("\n").at(-1) ?? "")).toMatchObject({ delete: 0 });
    expect(await version()).toMatchObject({ version: "0.0.0" });
    const state = readFileSync(
      join(project.directory, ".keelson/state/.pulumi/stacks/shop/local.json"),
      "utf8",
    );
    expect(state).toContain("exec node node_modules/keelson/bin/step.mjs ready");
    expect(state).toContain("random:index/randomBytes:RandomBytes::record");
    expect(state).not.toContain(dirname(project.directory));
  });

  it("changes nothing when it is run again, and looks at what runs", async () => {
    const said = await project.run(up);
    const changes = JSON.parse(said.trim().split("\n").at(-1) ?? "") as Record<string, number>;
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(await project.run(["keelson", "outputs"])).toContain("url");
    const label = `label=dev.keelson.project=${name}`;
    expect((await docker(["ps", "--quiet", "--filter", label])).split("\n")).toHaveLength(5);
  });
});

describe("npm create keelson", () => {
  it("writes a project in an empty folder, which the package that it names accepts", async () => {
    const creator = await packed("packages/create-keelson");
    const folder = mkdtempSync(join(tmpdir(), "keelson-create-"));
    const quiet = ["--prefer-offline", "--loglevel=error"];
    const npm = (...args: string[]) =>
      promisify(execFile)("npm", [...quiet, ...args], { cwd: folder });
    const packages = [`--package=${creator}`, `--package=${tarball}`];
    const { stdout } = await npm("exec", "--yes", ...packages, "--", "create-keelson", "--yes");
    expect(stdout).toContain(`Written into ${join(folder, "deploy")}: package.json, Pulumi.yaml`);
    const deploy = join(folder, "deploy");
    await npm("install", "--prefix", deploy, "--no-audit", "--no-fund", tarball);
    const check = promisify(execFile)("node_modules/.bin/keelson", ["check"], { cwd: deploy });
    // There is no application in an empty folder.
    await expect(check).rejects.toThrow("app.build.dockerfile");
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    const checked = await promisify(execFile)("node_modules/.bin/keelson", ["check"], {
      cwd: deploy,
    });
    expect(checked.stdout.trim().split("\n").at(-1)).toBe("ok");
    for (const each of [folder, dirname(creator)]) rmSync(each, { recursive: true });
  });
});

/** Folder of Pulumi's own CLI on the PATH. */
const pulumi = (process.env["PATH"] ?? "")
  .split(delimiter)
  .find((folder) => existsSync(join(folder, "pulumi")));
const missing = pulumi === undefined ? " (skipped: no pulumi is on the PATH)" : "";

describe.skipIf(pulumi === undefined)(`the same project with Pulumi's own CLI${missing}`, () => {
  const own = () => ({
    PULUMI_BACKEND_URL: `file://${join(project.directory, ".keelson/state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(project.directory, ".keelson/passphrase"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The plugins are those that are installed: a test loads none from outside.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  });
  const pulumiUp = ["pulumi", "up", "--yes", "--non-interactive", "--stack", "local"];

  it("is brought up by pulumi up, which keeps what runs and changes what the settings change", async () => {
    const label = `label=dev.keelson.project=${name}`;
    const running = async () =>
      (await docker(["ps", "--quiet", "--no-trunc", "--filter", label])).split("\n").sort();
    const before = await running();
    expect(await project.run(pulumiUp, own())).toMatch(/\d+ unchanged/);
    expect(await running()).toEqual(before);
    expect(await project.run(pulumiUp, { ...own(), APP_VERSION: "2.0.0" })).toMatch(
      /\d+ unchanged/,
    );
    expect(await version()).toMatchObject({ version: "2.0.0" });
  });
});
