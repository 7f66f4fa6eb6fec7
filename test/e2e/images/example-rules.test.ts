// Rules of the examples on metrics of their apps: Prometheus takes them, and each fires and does not as it says.
import { join } from "node:path";
import { expect, it } from "vitest";
import { docker, hardened, root } from "../../support/docker.js";
import { fixtureImage } from "../../support/fixture-image.js";

it.each(["orders", "syncal"])("%s", async (example) => {
  const mount = ["--volume", `${join(root, "examples", example)}:/rules:ro`, "--workdir", "/rules"];
  const limits = ["run", "--rm", ...hardened, "--network", "none", ...mount];
  const tool = [...limits, await fixtureImage("prometheus"), "promtool"];
  expect(await docker([...tool, "check", "rules", "alerts.rules.yml"])).toContain("SUCCESS");
  expect(await docker([...tool, "test", "rules", "alerts.rules.test.yml"])).toContain("SUCCESS");
});
