// @module-tag long
// Packages of extensions, in the images with a server: of the stack's own, and of its backups and drills.
import { afterAll, describe, expect, it } from "vitest";
import { platformImage } from "#components/images/recipes";
import { imagesSettings } from "#components/images/settings";
import { defaultPostgresMajor } from "#lib/platform";
import { cleanUp, docker, root, run, untilHealthy } from "../../support/docker.js";
import { superuser } from "../../support/dumps.js";
import { buildImages, secretLines, volume, writeSecrets } from "../../support/images.js";

const prefix = "kimg-packages";
const recipe = (image: "postgres" | "backup", ...packages: string[]) =>
  platformImage(image, imagesSettings.parse({}), root, defaultPostgresMajor, packages);
const build = ({ build: [command = "", ...args] }: ReturnType<typeof recipe>, mayFail = false) =>
  run(command, args, { mayFail });

afterAll(() => cleanUp(prefix));

describe("a package of an extension", () => {
  it.each(["postgres", "backup"] as const)(
    "is in the image %s, which runs as before",
    async (image) => {
      const wanted = recipe(image, "postgresql-17-pgvector");
      expect((await build(wanted)).stdout).toBe(`${wanted.tag}\n`);
      const file = "/usr/share/postgresql/17/extension/vector.control";
      const container = [
        "run",
        "--rm",
        "--network",
        "none",
        "--entrypoint",
        "sh",
        wanted.tag,
        "-c",
      ];
      expect(await docker([...container, `id -u; test -s ${file} && echo there`])).toBe(
        "999\nthere",
      );
    },
  );

  it("makes its extension in the server", async () => {
    await cleanUp(prefix);
    const tags = await buildImages("jobs");
    await volume(tags, `${prefix}-secrets`, 0);
    await volume(tags, `${prefix}-data`, 999);
    await writeSecrets(tags, `${prefix}-secrets`, 999, secretLines({ POSTGRES_PASSWORD: "p4ss" }));
    const volumes = [
      `${prefix}-secrets:/run/secrets:ro`,
      `${prefix}-data:/var/lib/postgresql/data`,
    ];
    await docker([
      "run",
      "--detach",
      "--name",
      `${prefix}-server`,
      "--env",
      "POSTGRES_USER=postgres",
      "--env",
      "POSTGRES_PASSWORD_FILE=/run/secrets/POSTGRES_PASSWORD",
      ...volumes.flatMap((each) => ["--volume", each]),
      recipe("postgres", "postgresql-17-pgvector").tag,
    ]);
    await untilHealthy(`${prefix}-server`);
    const sql = "CREATE EXTENSION vector; SELECT '[1,2]'::vector <-> '[4,6]'::vector";
    expect((await superuser(`${prefix}-server`, "postgres", sql)).split("\n").at(-1)).toBe("5");
  });

  it("that there is not is named", async () => {
    const { code, stderr } = await build(recipe("postgres", "postgresql-17-nowhere"), true);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "postgres.packages: postgresql-17-nowhere can't be installed (apt's last lines are above); correct their names: apt-cache search postgresql-17",
    );
  });
});
