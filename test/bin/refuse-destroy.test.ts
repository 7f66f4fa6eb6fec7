import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { destroyVariable } from "#lib/platform";
import { root } from "../support/root.js";

function refuse(environment: NodeJS.ProcessEnv) {
  const env = { PROTECTED_BY: "postgres.protect", ...environment };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "bin/refuse-destroy.mjs")],
    { encoding: "utf8", env },
  );
  return { status, stdout, stderr };
}

describe("refuse-destroy", () => {
  it.each([{}, { [destroyVariable]: "" }, { [destroyVariable]: "0" }])(
    "fails with %j, and says what protects the stack and the way out",
    (environment) => {
      expect(refuse(environment)).toEqual({
        status: 1,
        stdout: "",
        stderr:
          "The data of this stack is protected by postgres.protect, so nothing was removed. To lose it for good run " +
          "`npx keelson destroy --stack <stack> --destroy-data`, or set this to false and run `pulumi up` first; to " +
          "remove all but the data run `KEELSON_DESTROY=1 pulumi destroy --exclude-protected`.\n",
      });
    },
  );

  it("lets a destroy pass that is asked for explicitly", () => {
    const passed = { status: 0, stdout: "", stderr: "" };
    expect(refuse({ [destroyVariable]: "1" })).toEqual(passed);
  });
});
