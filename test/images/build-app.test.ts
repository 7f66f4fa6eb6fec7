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

/** A docker command without the image, with BuildKit or not; it notes what it is asked for. */
function standIn(o: { readonly buildkit: boolean; readonly names?: readonly string[] }): void {
  const file = join(folder, "docker");
  const lines = [
    "#!/usr/bin/env bash",
    `printf '%s|' "\${DOCKER_BUILDKIT:-}" "\${BUILDX_BUILDER:-}" "$@" >>'${folder}/calls'`,
    `echo >>'${folder}/calls'`,
    'case "$*" in',
    `  "buildx version") exit ${o.buildkit ? "0" : "1"} ;;`,
    '  "context show") echo remote ;;',
    `  "image inspect --format"*) printf '%s\\n' shop/app:1 ${(o.names ?? []).join(" ")} ;;`,
    '  "image inspect"*) exit 1 ;;',
    '  "ps "*) echo shop/app:b ;;',
    '  "build "*) printf "DEPRECATED: The legacy builder is deprecated\\n  Install it.\\n\\nStep 1\\n" >&2 ;;',
    "esac",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  chmodSync(file, 0o755);
}

interface Built {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function build(environment: NodeJS.ProcessEnv, context = "web"): Promise<Built> {
  const env = { ...process.env, ...environment, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const args = [join(root, "images/build-app"), "shop/app:1", context, "Dockerfile", "", "", "A=1"];
  return promisify(execFile)("bash", args, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Built,
  );
}

const calls = () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
const argv = (context = "web") =>
  `build|--tag|shop/app:1|--file|${context}/Dockerfile|--build-arg|A=1|`;

describe("the build of an app's image", () => {
  it("gets its secrets as variables, and asks for BuildKit on the engine's own images", async () => {
    standIn({ buildkit: true });
    const secrets = {
      BUILD_SECRETS: "TOKEN PATH",
      BUILD_SECRET_TOKEN: "canary",
      BUILD_SECRET_PATH: "",
    };
    expect(await build(secrets)).toMatchObject({ code: 0, stdout: "shop/app:1\n" });
    const flags =
      "--secret|id=TOKEN,env=BUILD_SECRET_TOKEN|--secret|id=PATH,env=BUILD_SECRET_PATH|";
    expect(calls()).toContain(`1|remote|${argv()}${flags}web|`);
    expect(calls().join("\n")).not.toContain("canary");
  });

  it("asks for BuildKit wherever there is one, unless its user has switched it off", async () => {
    standIn({ buildkit: true });
    await build({});
    await build({ DOCKER_BUILDKIT: "0" });
    expect(calls().filter((each) => each.includes("|build|"))).toEqual([
      `1|remote|${argv()}web|`,
      `0||${argv()}--force-rm|web|`,
    ]);
  });

  it("asks for the classic builder where there is no other, without its notice", async () => {
    standIn({ buildkit: false });
    const { stdout, stderr } = await build({});
    expect([stdout, stderr]).toEqual(["shop/app:1\n", "Step 1\n"]);
    expect(calls()).toContain(`0||${argv()}--force-rm|web|`);
  });

  it("keeps the name of an image that a change of the context left as it was", async () => {
    standIn({ buildkit: true, names: ["other/app:0", "shop/app:a", "shop/app:b"] });
    const { stdout, stderr } = await build({});
    expect(stdout).toBe("shop/app:b\n");
    expect(stderr).toContain(
      "the image is that of shop/app:b: nothing that is in it has changed\n",
    );
    expect(calls().at(-1)).toBe("1|remote|image|rm|shop/app:1|");
  });

  it.each([
    [
      "whose docker command has no BuildKit",
      false,
      { BUILD_SECRET_TOKEN: "canary" },
      "app.build.secrets: the docker command of this machine has no BuildKit; install docker-buildx, or set app.image\n",
    ],
    [
      "without the value of a secret",
      true,
      {},
      "BUILD_SECRET_TOKEN is missing; set it to the value of the secret TOKEN\n",
    ],
  ])(
    "is refused on a machine %s, before anything is built",
    async (_what, buildkit, values, text) => {
      standIn({ buildkit });
      const refused = await build({ BUILD_SECRETS: "TOKEN", ...values });
      expect(refused).toMatchObject({ code: 1, stderr: text });
      expect(calls().filter((each) => each.includes("|--tag|"))).toEqual([]);
    },
  );

  it("is refused without BuildKit where the Dockerfile has an ignore file of its own", async () => {
    standIn({ buildkit: false });
    writeFileSync(join(folder, "Dockerfile.dockerignore"), "logs\n");
    expect(await build({}, folder)).toMatchObject({
      code: 1,
      stderr:
        "app.build.dockerfile: Dockerfile.dockerignore is read by BuildKit alone, which the docker command of this machine has not; install docker-buildx, or move its lines to .dockerignore\n",
    });
    expect(calls().filter((each) => each.includes("|--tag|"))).toEqual([]);
  });
});
