// The package in a project of its own, as its users have it: npm installs it in an empty folder outside of the checkout.
// @module-tag long
import { rmSync, writeFileSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

describe("the installed package", () => {
  it("lets a project test its program with Pulumi's mocks", async () => {
    expect(await project.run(["npm", "test"])).toMatch(/^# pass 1$|^ℹ pass 1$/m);
  });

  it("brings the project up, own resources too, and has no path of this machine in its state", async () => {
    const said = await project.run(["keelson", "up", "--json"]);
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
    const said = await project.run(["keelson", "up", "--json"]);
    const changes = JSON.parse(said.trim().split("\n").at(-1) ?? "") as Record<string, number>;
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(await project.run(["keelson", "outputs"])).toContain("url");
    const label = `label=dev.keelson.project=${name}`;
    expect((await docker(["ps", "--quiet", "--filter", label])).split("\n")).toHaveLength(5);
  });
});
