// Names change: what a person changes by mistake is refused while rows are served, and `keelson rename` takes the rows along.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as embedded from "#engine/index";
import { ask, readNote, writeNote } from "../support/app.js";
import { Command } from "../support/command.js";
import { takePorts } from "../support/claims.js";
import { docker } from "../support/docker.js";
import { superuser } from "../support/dumps.js";
import { long } from "../support/long.js";
import { root } from "../support/program.js";
import { Stack, type Run } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const otherPorts = await takePorts("http", "admin");
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
    containers: containers.sort(),
    networks: networks.sort(),
    volumes: volumes.sort(),
    resources: resources.map(({ urn, id }) => `${urn} ${id ?? ""}`).sort(),
  };
}

/** The program on an engine, without any check of Keelson's commands: as `pulumi up` or `pulumi preview` alone. */
async function bare(act: "up" | "preview", of = stack): Promise<string> {
  const passphrase = readFileSync(join(stack.home, "passphrase"), "utf8").trim();
  const printed: string[] = [];
  const options = {
    projectDirectory: root,
    stack: of.name,
    configFile: of.configFile,
    passphrase,
    stateDirectory: join(stack.home, "state"),
    environment: stack.env,
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
async function refused(text: string): Promise<void> {
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

let note = 0;

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
  note = await writeNote(ports.http, "kept");
});
afterAll(() => stack.remove());

describe("a change of names that would lead to an empty database", () => {
  it("leaves a second up without changes", long, async () => {
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
    );
    stack.configure(sections);
  });

  it("is refused for environment", long, async () => {
    stack.configure({ environment: "preview" });
    await refused(`lead to the database ren_preview on the volume ${volume}`);
    stack.configure({ environment: "local" });
  });

  it("is refused for database.name", long, async () => {
    const { settings } = stack;
    stack.configure({ database: { name: "other" } });
    await refused(`lead to the database other on the volume ${volume}`);
    stack.replace(settings);
  });

  it("is refused for app.name whether the volume is kept or not", long, async () => {
    stack.configure({ app: { name: "renamed" }, postgres: { keepData: false } });
    await refused(
      "lead to the database renamed_local on the volume renamed-test-ren-postgres-data",
    );
    stack.configure({ ...sections, postgres: { ...sections.postgres, keepData: true } });
  });

  it("leaves nothing to do when it is taken back", long, async () => {
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect((await ask(ports.http, `/api/notes/${String(note)}`)).status).toBe(200);
    expect(await docker(["volume", "ls", "--quiet", "--filter", "name=renamed-test-ren"])).toBe("");
  });
});

const none = { create: 0, update: 0, replace: 0, delete: 0 };
const settingsText = () => readFileSync(stack.configFile, "utf8");

/** A second run has nothing to do, and the row is there. */
async function settled(of: Stack): Promise<Run> {
  const run = await of.up();
  expect(run.changes).toMatchObject(none);
  expect(await readNote(ports.http, note)).toBe("kept");
  return run;
}

/** Names of the databases of the app, as the server has them. */
async function databases(): Promise<string[]> {
  const [id = ""] = (await docker(["ps", "-q", ...stack.filter, "--filter", server])).split("\n");
  const list = "SELECT datname FROM pg_database WHERE datname NOT LIKE 'template%'";
  const text = await superuser(id, "postgres", list);
  return text.split("\n").sort();
}
const server = "label=dev.keelson.workload=postgres";

describe("keelson rename", () => {
  const other = stack.called("test-ren-b");
  let before = "";
  let untouchedBefore: Awaited<ReturnType<typeof untouched>>;
  /** When the database still had its first name. */
  let moment = "";

  beforeAll(async () => {
    before = settingsText();
    untouchedBefore = await untouched();
  });

  it("has nothing to do where the settings lead to the data", async () => {
    expect(await stack.must("rename", "--yes")).toContain("Nothing is to be renamed");
    expect(settingsText()).toBe(before);
  });

  it("refuses names that can't be ones, and a database that is there", async () => {
    for (const [flag, value, text] of [
      ["--app", "No Name", '--app: "No Name" is not a name; use 2 to 40 lower-case letters'],
      ["--database", "A-b", '--database: "A-b" is not a database name'],
      ["--to", "prod", "--to: the state of test-ren is the checkout's own"],
      ["--database", "postgres", "The server has the databases ren_local and postgres"],
    ] as const) {
      const { code, stderr } = await stack.keelson("rename", flag, value, "--yes");
      expect([code, stderr]).toEqual([1, expect.stringContaining(text)]);
    }
    expect([settingsText(), await untouched()]).toEqual([before, untouchedBefore]);
  });

  it(
    "finishes what a bare rename of the stack has begun, which every run refuses",
    long,
    async () => {
      const { home, name } = stack;
      const stateDirectory = join(home, "state");
      const options = { projectDirectory: root, stateDirectory, stack: name, output: String };
      await embedded.renameStack(options, other.name, () => undefined);
      const text = "docker.names: { app: ren, stack: test-ren }";
      for (const command of ["preview", "up"] as const) {
        const { code, stdout, stderr } = await other.keelson(command);
        expect([code, stdout + stderr]).toEqual([1, expect.stringContaining(text)]);
        expect(await bare(command, other)).toContain(text);
      }
      expect(await readNote(ports.http, note)).toBe("kept");
      await other.must("rename", "--yes");
      await settled(other);
    },
  );

  it("takes the stack back to its name", long, async () => {
    await other.must("rename", "--to", stack.name, "--yes");
    await settled(stack);
    expect([settingsText(), await untouched()]).toEqual([before, untouchedBefore]);
  });

  it("renames app and database, killed in the middle, and the next run finishes", async () => {
    const args = ["rename", "--app", "store", "--database", "store_db", "--yes"];
    moment = new Date().toISOString();
    let stop: () => void = () => undefined;
    const stopping = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const command = new Command(stack, args, (line) => {
      if (line.startsWith("keelson/jobs") || line.includes("embedded engine (")) stop();
    });
    await Promise.race([stopping, command.ended]);
    await command.kill();
    expect(await databases()).toEqual(["postgres", "store_db"]);
    await stack.must(...(args as [string, ...string[]]));
    const { volumes } = await settled(stack).then(untouched);
    expect(volumes.filter((each) => !each.includes("-secrets-"))).toEqual(
      untouchedBefore.volumes.filter((each) => !each.includes("-secrets-")),
    );
    expect(await databases()).toEqual(["postgres", "store_db"]);
  });

  it("leaves backups that go on and can be restored", long, async () => {
    await stack.must("backup now", "--type", "full");
    const found = JSON.parse(await stack.must("backups", "--json")) as { window: object | null };
    expect(found.window).not.toBeNull();
    await stack.must("drill now");
    const then = await stack.must("drill now", "--at", moment, "--json");
    expect(JSON.parse(then.trim().split("\n").at(-1) ?? "")).toMatchObject({
      proven: true,
      databaseThen: "ren_local",
    });
  });

  it("takes app and database back to their names", long, async () => {
    await stack.must("rename", "--app", "ren", "--database", "ren_local", "--yes");
    await settled(stack);
    expect(settingsText()).toBe(before);
    const { resources } = await untouched();
    const urns = (all: readonly string[]) => all.map((each) => each.split(" ")[0]);
    expect(urns(resources)).toEqual(urns(untouchedBefore.resources));
    expect(await databases()).toEqual(["postgres", "ren_local"]);
  });

  it("makes no second database on data that a destroyed stack has left", long, async () => {
    await stack.must("destroy", "--yes");
    stack.configure({ database: { name: "second" } });
    const { code, stdout, stderr } = await stack.keelson("up");
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringContaining(
        "the server has the database ren_local, but none called second: no empty one is made",
      ),
    ]);
  });
});
