// images/build-app on a stand-in for the docker command: what it asks for, and where the secrets of a build stand.
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../support/root.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-build-app-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A docker command without the image, whose builder knows secrets or not; it notes what it is asked for. */
function standIn(help: string): void {
  const file = join(folder, "docker");
  const lines = [
    "#!/usr/bin/env bash",
    `printf '%s|' "\${DOCKER_BUILDKIT:-}" "\${BUILDX_BUILDER:-}" "$@" >>'${folder}/calls'`,
    `echo >>'${folder}/calls'`,
    `[[ "$*" != 'image inspect'* ]] || exit 1`,
    `[[ "$*" != 'build --help' ]] || echo '${help}'`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  chmodSync(file, 0o755);
}

async function build(environment: NodeJS.ProcessEnv): Promise<{ code: number; text: string }> {
  const env = { ...process.env, ...environment, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const args = [join(root, "images/build-app"), "shop/app:1", "web", "Dockerfile", "", "", "A=1"];
  return promisify(execFile)("bash", args, { env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: unknown) => {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, text: stderr };
    },
  );
}

const calls = () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
const plain = "build|--force-rm|--tag|shop/app:1|--file|web/Dockerfile|--build-arg|A=1|";

describe("the build of an app's image", () => {
  it("gets its secrets as variables, and asks for BuildKit on the engine's own images", async () => {
    standIn("      --secret stringArray   Secret to expose to the build");
    const secrets = {
      BUILD_SECRETS: "TOKEN PATH",
      BUILD_SECRET_TOKEN: "canary",
      BUILD_SECRET_PATH: "",
    };
    expect(await build(secrets)).toEqual({ code: 0, text: "shop/app:1\n" });
    const flags =
      "--secret|id=TOKEN,env=BUILD_SECRET_TOKEN|--secret|id=PATH,env=BUILD_SECRET_PATH|";
    expect(calls().at(-1)).toBe(`1|default|${plain}${flags}web|`);
    expect(calls().join("\n")).not.toContain("canary");
  });

  it("asks for no builder where it has no secret", async () => {
    standIn("");
    expect(await build({ DOCKER_BUILDKIT: "" })).toEqual({ code: 0, text: "shop/app:1\n" });
    expect(calls()).toEqual(["||image|inspect|shop/app:1|", `||${plain}web|`]);
  });

  it.each([
    [
      "whose docker command has no BuildKit",
      "      --rm   Remove intermediate containers",
      { BUILD_SECRET_TOKEN: "canary" },
      "app.build.secrets: the docker command of this machine has no BuildKit; install docker-buildx, or set app.image\n",
    ],
    [
      "without the value of a secret",
      "      --secret stringArray",
      {},
      "BUILD_SECRET_TOKEN is missing; set it to the value of the secret TOKEN\n",
    ],
  ])("is refused on a machine %s, before anything is built", async (_what, help, values, text) => {
    standIn(help);
    expect(await build({ BUILD_SECRETS: "TOKEN", ...values })).toEqual({ code: 1, text });
    expect(calls().filter((each) => each.includes("|--tag|"))).toEqual([]);
  });
});
