// Names change: what a person changes by mistake is refused while rows are served, and `keelson rename` takes the rows along.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as embedded from "../../engine/index.js";
import { ask, readNote, writeNote } from "../support/app.js";
import { docker } from "../support/docker.js";
import { root } from "../support/program.js";
import { Stack } from "../support/stack.js";

const ports = { http: 27_410, admin: 27_411 } as const;
const otherPorts = { http: 27_412, admin: 27_413 } as const;
const sections = {
  app: { name: "ren", health: { timeout: "20s", startTimeout: "300s" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
};
const stack = new Stack("test-ren", sections);
const volume = "ren-test-ren-postgres-data";

/** What must be the same when nothing was touched. */
async function untouched() {
  const { containers, networks, volumes } = await stack.present();
  const { resources } = await stack.state();
  return {
    ...{ containers: containers.sort(), networks: networks.sort(), volumes: volumes.sort() },
    resources: resources.map(({ urn, id }) => `${urn} ${id ?? ""}`).sort(),
  };
}

/** The program on an engine, without any check of Keelson's commands: as `pulumi up` or `pulumi preview` alone. */
async function bare(act: "up" | "preview"): Promise<string> {
  const passphrase = readFileSync(join(stack.home, "passphrase"), "utf8").trim();
  const printed: string[] = [];
  const options = {
    ...{ projectDirectory: root, stack: stack.name, configFile: stack.configFile, passphrase },
    ...{ stateDirectory: join(stack.home, "state"), environment: stack.env },
    output: (line: string) => printed.push(line),
  };
  const error = await embedded[act](options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, `a bare ${act} has to fail`).toBeInstanceOf(embedded.EngineError);
  return [...printed, String(error)].join("\n");
}

/** Both commands and both bare runs refuse the present settings with this text, and rows are served all the while. */
async function refused(text: string, note: number): Promise<void> {
  const before = await untouched();
  for (const command of ["preview", "up", "destroy --yes"]) {
    const [name = "", ...flags] = command.split(" ");
    const { code, stdout, stderr } = await stack.keelson(name, ...flags);
    expect([command, code, stdout + stderr]).toEqual([command, 1, expect.stringContaining(text)]);
  }
  for (const act of ["preview", "up"] as const) expect(await bare(act)).toContain(text);
  expect(await untouched()).toEqual(before);
  expect(await readNote(ports.http, note)).toBe("kept");
}

describe("a change of names that would lead to an empty database", () => {
  let note = 0;

  beforeAll(async () => {
    await stack.sweep();
    await stack.up();
    note = await writeNote(ports.http, "kept");
  });
  afterAll(() => stack.remove());

  it("leaves a second up without changes", async () => {
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("is refused for app.name with other ports", async () => {
    stack.configure({
      app: { name: "renamed" },
      postgres: { adminPort: otherPorts.admin },
      proxy: { httpPort: otherPorts.http },
    });
    await refused(
      `The stack test-ren has the database ren_local on the volume ${volume}; its settings now lead to ` +
        "the database renamed_local on the volume renamed-test-ren-postgres-data, which would be new and empty. Nothing was changed.",
      note,
    );
    stack.configure(sections);
  });

  it("is refused for environment", async () => {
    stack.configure({ environment: "preview" });
    await refused(`lead to the database ren_preview on the volume ${volume}`, note);
    stack.configure({ environment: "local" });
  });

  it("is refused for database.name", async () => {
    stack.configure({ database: { name: "other" } });
    await refused(`lead to the database other on the volume ${volume}`, note);
    stack.configure({ database: { name: "ren_local" } });
  });

  it("is refused for app.name whether the volume is kept or not", async () => {
    stack.configure({ app: { name: "renamed" }, postgres: { keepData: false } });
    await refused(
      "lead to the database ren_local on the volume renamed-test-ren-postgres-data",
      note,
    );
    stack.configure({ ...sections, postgres: { ...sections.postgres, keepData: true } });
  });

  it("leaves nothing to do when it is taken back", async () => {
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect((await ask(ports.http, `/api/notes/${String(note)}`)).status).toBe(200);
    expect(await docker(["volume", "ls", "--quiet", "--filter", "name=renamed-test-ren"])).toBe("");
  });
});
