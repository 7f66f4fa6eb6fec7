// A preview is believed when it is true: what it says beforehand is compared with what the run then does.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fate } from "#cli/commands/preview/containers";
import type { Outage } from "#cli/commands/preview/downtime";
import type { Changes } from "#cli/engines/runner";
import type { Mapping } from "#lib/merge";
import { containersOf } from "../support/inspect.js";
import { underLoad } from "../support/load.js";
import { Stack } from "../support/stack.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "other", "admin");
const files = [{ name: "files", path: "/files", keep: false }];

const stack = new Stack("test-prev", {
  app: { version: "1", env: { FEATURE: "off" }, volumes: files },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  backup: { enabled: false },
  release: { drain: "2s" },
});

beforeAll(async () => {
  await stack.sweep();
});
afterAll(() => stack.remove());

interface Said extends Changes {
  readonly first: boolean;
  readonly containers: readonly {
    readonly workload: string;
    readonly fate: Fate;
    readonly because: readonly string[];
  }[];
  readonly proxyReloads: boolean;
  readonly downtime: { readonly seconds: number | null; readonly outages: readonly Outage[] };
  readonly migration: { readonly runs: boolean };
  readonly data: { readonly atRisk: boolean; readonly notes: readonly string[] };
}

/** Output of a preview, as data and as text. */
async function preview(): Promise<Said & { readonly text: string }> {
  const text = await stack.must("preview", "--json");
  return { ...(JSON.parse(text.trim().split("\n").at(-1) ?? "") as Said), text };
}

/** Which container each workload has, and since when it runs. */
async function present(): Promise<Record<string, string>> {
  const found = [...(await containersOf(stack))];
  return Object.fromEntries(
    found.map(([name, { Id, State }]) => [name, `${Id} ${State.StartedAt}`]),
  );
}

const fates = ({ containers }: Said) =>
  Object.fromEntries(containers.map(({ workload, fate }) => [workload, fate]));

/** Changes settings, previews, and sees to it that the run then does what the preview said. */
async function foretold(sections: Mapping) {
  stack.configure(sections);
  const said = await preview();
  const before = await present();
  // A configuration that is reloaded closes idle connections, which a client takes for a failure.
  const clients = said.downtime.seconds === 0 && !said.proxyReloads ? underLoad(ports.http) : null;
  const run = await stack.up().finally(() => clients?.stop());
  const after = await present();
  const replaced = Object.entries(fates(said)).filter(([, fate]) =>
    /alongside|restarts/.test(fate),
  );
  expect(
    Object.keys(after)
      .filter((name) => after[name] !== before[name])
      .sort(),
  ).toEqual(replaced.map(([name]) => name).sort());
  const { create, update, replace } = run.changes;
  expect({ create, update, replace }).toEqual({
    create: said.create,
    update: said.update,
    replace: said.replace,
  });
  const migrated = /-app-migrate/.test(run.output) && !/migration: not run/.test(run.output);
  expect(migrated).toBe(said.migration.runs);
  expect((await clients?.stop())?.failed.slice(0, 5) ?? []).toEqual([]);
  return said;
}

describe("a preview", () => {
  it("of a stack that is not there says so, and an up makes it", async () => {
    const said = await preview();
    expect(said.first).toBe(true);
    expect(said.text).toMatch(/proxy, app, postgres: made; nothing of this stack runs yet\./);
    expect(said.downtime).toEqual({ seconds: 0, outages: [] });
    expect((await stack.up()).changes.create).toBe(said.create);
  });

  it("of nothing changed says that all stays", async () => {
    const said = await foretold({});
    expect(fates(said)).toEqual({ proxy: "stays", app: "stays", postgres: "stays" });
    expect(said).toMatchObject({ update: 0, migration: { runs: false }, data: { notes: [] } });
  });

  it("of another variable of the app says that it is replaced without downtime", async () => {
    const said = await foretold({ app: { env: { FEATURE: "on" } } });
    expect(fates(said)).toEqual({ proxy: "stays", app: "alongside", postgres: "stays" });
    expect(said.containers[1]?.because).toEqual(["variable FEATURE"]);
    expect(said.downtime.seconds).toBe(0);
  });

  it("of the proxy's configuration says that nothing restarts; of data, that it is no longer kept", async () => {
    const said = await foretold({
      proxy: { limits: { requestBody: "1MiB" } },
      postgres: { keepData: false },
    });
    expect(fates(said)).toEqual({ proxy: "stays", app: "stays", postgres: "stays" });
    expect(said).toMatchObject({ proxyReloads: true, migration: { runs: false } });
    expect(said.data.atRisk).toBe(false);
    expect(said.data.notes).toEqual([
      "From now on `destroy` deletes the volume e2e-test-prev-postgres-data.",
    ]);
  });

  it("of the server's parameters and a migration says what restarts, for how long, and that it runs", async () => {
    const said = await foretold({
      app: { migrate: { command: ["node", "migrate.js", "again"] } },
      postgres: { parameters: { work_mem: "9MB" } },
    });
    expect(fates(said)).toEqual({ proxy: "stays", app: "stays", postgres: "restarts" });
    expect(said.containers[2]?.because).toEqual(["parameter work_mem"]);
    expect(said.downtime.outages.map(({ container }) => container)).toEqual(["postgres"]);
    expect(said.downtime.outages[0]?.startSeconds).toBeGreaterThan(0);
    expect(said.text).toMatch(/^Migration +runs: node migrate\.js again\./m);
  });

  it("of a version and a port says that the app has no downtime, and the proxy has", async () => {
    const said = await foretold({ app: { version: "2" }, proxy: { httpPort: ports.other } });
    expect(fates(said)).toEqual({ proxy: "restarts", app: "alongside", postgres: "stays" });
    expect(said.text).toMatch(
      new RegExp(
        `proxy +is stopped, then made again: published ports .*:${ports.http} → .*:${ports.other}`,
      ),
    );
    expect(said.downtime.outages.map(({ container }) => container)).toEqual(["proxy"]);
  });

  it("of a volume that goes says loudly that what is in it is lost", async () => {
    const volume = "e2e-test-prev-app-files";
    expect((await stack.present()).volumes).toContain(volume);
    const said = await foretold({ app: { volumes: [] }, proxy: { httpPort: ports.http } });
    expect(fates(said)).toEqual({ proxy: "restarts", app: "alongside", postgres: "stays" });
    expect(said.containers[1]?.because).toEqual(["volume at /files removed"]);
    expect(said.data.atRisk).toBe(true);
    expect(said.text).toMatch(
      /^Data +VOLUME e2e-test-prev-app-files IS DELETED WITH ALL THAT IS IN IT/m,
    );
    expect((await stack.present()).volumes).not.toContain(volume);
    // Docker may have forgotten the last stop on a machine where much else happens, never the start.
    const { seconds, startSeconds } = said.downtime.outages[0] ?? {};
    expect(startSeconds).toBeGreaterThan(0);
    expect(seconds ?? Infinity).toBeGreaterThan(startSeconds ?? 0);
  });
});
