// Whatever a person changes and takes back ends in the state before. The settings are taken from their schema, so a new
// one is covered as it comes. KEELSON_SOAK=1 tries all of them; KEELSON_SEED repeats a sample, KEELSON_SAMPLE sizes it.
import { beforeAll, describe, expect, it } from "vitest";
import type { Mapping } from "#lib/merge";
import { long } from "./support/long.js";
import { generator, seed, soak } from "./support/random.js";
import { bases, files, services } from "./support/there-and-back/bases.js";
import {
  secretChanges,
  settingChanges,
  settingPaths,
  type Change,
} from "./support/there-and-back/changes.js";
import { failedAndBack, passedAndBack, type Begun } from "./support/there-and-back/judge.js";
import { StandInStack, type Wanted } from "./support/there-and-back/stack.js";

/** Settings that no change reaches, and why. */
const elsewhere = {
  "docker.host": "another host is another stack's",
  "app.name": "leads to another database, which is refused",
  "database.name": "leads to another database, which is refused",
  environment: "leads to another database, which is refused",
  "docker.names.app": "leads to another database, which is refused",
  "docker.names.stack": "leads to another database, which is refused",
  "secrets.NAME.value": "is a sealed text, which has tests of its own",
  "database.caSecret": "names the one secret that holds certificates",
  "database.backupUrlSecret": "names the one other secret that holds a database URL",
  "app.variables.databaseCa":
    "needs postgres.tls; test/e2e/database-tls.test.ts goes there and back",
  "proxy.tls.acme.agreeTerms": "has one value that is taken",
  "monitoring.alerts.smtp.tls": "has one value that is taken where there is a user name",
  "proxy.privatePaths[].deny": "stands alone in its entry, which comes and goes below",
  "monitoring.page.public": "stands alone; test/e2e/status-page.test.ts goes there and off again",
  ...Object.fromEntries(
    ["", "[].domains", "[].certificateSecret"].map((each) => [
      `proxy.tls.certificates${each}`,
      "go with proxy.domains; test/components/proxy/haproxy/certificate-files.test.ts has what follows from them",
    ]),
  ),
  "logs.ship.syslog.caSecret": "names the one secret that holds certificates",
  ...Object.fromEntries(
    settingPaths()
      .filter((path) => path.startsWith("secretSources"))
      .map((path) => [path, "is asked before the program; test/e2e/secrets.test.ts has it"]),
  ),
  "app.dev.mounts": "has an entry at least, whose parts change",
  "app.build.dockerfile": "names the one file that is there",
  "services.NAME.build.dockerfile": "names the one file that is there",
};

const random = generator(seed);
const size = Number(process.env["KEELSON_SAMPLE"] ?? 3);

async function begin(base: Wanted): Promise<Begun> {
  const stack = new StandInStack();
  await stack.up(base);
  return { stack, base };
}

type Base = keyof typeof bases;

/** Every change of each stack: to find them takes a while, and is done once. */
const changes = Object.entries(bases).flatMap(([which, base]) =>
  [...settingChanges(base), ...secretChanges(base)].map((each) => [which as Base, each] as const),
);

/** A change of one of the stacks by its name. */
function change(base: Wanted, name: string): Change {
  const [, found] =
    changes.find(([which, each]) => bases[which] === base && each.name === name) ?? [];
  if (found === undefined) throw new Error(`there is no change ${name}`);
  return found;
}

const begun = {} as Record<Base, Begun>;
beforeAll(async () => {
  for (const [name, base] of Object.entries(bases)) begun[name as Base] = await begin(base);
}, 240_000);

describe("the changes", () => {
  it("are of every setting", () => {
    const reached = new Set(changes.map(([, { path }]) => path));
    const missing = settingPaths().filter((path) => !reached.has(path));
    expect(missing.sort()).toEqual(Object.keys(elsewhere).sort());
  });
});

describe("what was seen", long, () => {
  it.each([
    [
      "another URL of the database",
      'app.databaseUrlScheme = "other.example.com"',
      "run Command app-migrate",
    ],
    [
      "another URL, for the app alone",
      'app.databaseUrlScheme = "other.example.com"',
      "run Command app-ready",
    ],
    ["another certificate", "the value of TLS", "run Command proxy-route-certificates"],
    ["a secret that is rotated", "the value of KEY", "run Command app-smoke"],
    [
      "a setting of the app, whose record can't be written",
      'app.logLevel = "7s"',
      "run Command app-begin",
    ],
    ["a replica that does not start", "app.replicas = 3", "start Container app-3"],
    ["a backup of a volume", "app.volumes.0.backup = false", "run Command backup-ready"],
  ])("%s that fails leaves nothing behind", async (_what, name, step) => {
    const failing = change(files, name);
    expect(await failedAndBack(begun.files, failing, step)).toEqual([]);
    // Nor where Pulumi runs alone: names and options have to be right without us.
    expect(await failedAndBack(begun.files, failing, step, true)).toEqual([]);
  });
});

describe("a change of jobs", long, () => {
  const jobs = services.sections["jobs"] as Mapping;
  const { tidy, ask, report } = jobs;
  const rescheduled = 'jobs.ask.schedule = "17 5 * * *"';
  const ofWorker = 'jobs.report.schedule = "17 5 * * *"';
  const of = (name: string, left: Mapping): Change => ({
    name,
    path: "jobs",
    wanted: { ...services, sections: { ...services.sections, jobs: left } },
  });
  const removals = {
    "a job": of("jobs.ask = not set", { tidy, report }),
    "all of a service": of("jobs.report = not set", { tidy, ask }),
    "all of the app": of("jobs = report", { report }),
    "all of them": of("jobs = {}", {}),
  };

  it.each([
    ["the files of its own", rescheduled, "run Command jobs-files-fill"],
    ["its gate", rescheduled, "run Command jobs-check"],
    ["the gate of a service's", ofWorker, "run Command jobs-worker-check"],
    ["the switch", rescheduled, "run Command proxy-route"],
    ["the container that starts them", rescheduled, "create Container jobs"],
    ["what starts them", rescheduled, "run Command jobs-live"],
  ])("fails by %s, and leaves the jobs as they were", async (_what, name, step) => {
    const failing = change(services, name);
    expect(await failedAndBack(begun.services, failing, step)).toEqual([]);
    expect(await failedAndBack(begun.services, failing, step, true)).toEqual([]);
  });

  it.each(Object.entries(removals))("removes %s, and back", async (_what, removal) => {
    expect((await passedAndBack(begun.services, removal)).problems).toEqual([]);
  });

  it.each([
    ["a job", "run Command proxy-route"],
    ["a job", "run Command jobs-live"],
    ["all of a service", "run Command jobs-live"],
    ["all of them", "run Command proxy-route"],
    ["all of them", "undo Command jobs-live"],
    ["all of them", "undo Command jobs-guard"],
  ] as const)("removes %s, fails by %s, and back", async (which, step) => {
    expect(await failedAndBack(begun.services, removals[which], step)).toEqual([]);
    expect(await failedAndBack(begun.services, removals[which], step, true)).toEqual([]);
  });

  it.each(["run Command jobs-check", "run Command proxy-route", "run Command jobs-live"])(
    "adds the first ones, fails by %s, and back",
    async (step) => {
      const first: Change = { name: "jobs", path: "jobs", wanted: services };
      const without = await begin(removals["all of them"].wanted);
      expect(await failedAndBack(without, first, step)).toEqual([]);
      expect(await failedAndBack(without, first, step, true)).toEqual([]);
    },
  );
});

describe("a change of routes", long, () => {
  const all = services.sections["services"] as Record<string, Mapping>;
  const { site, worker } = all;
  const of = (name: string, changed: Mapping): Change => ({
    name,
    path: "services.NAME.routes",
    wanted: {
      ...services,
      sections: { ...services.sections, services: { ...all, ...changed } },
    },
  });
  const sections = files.sections["proxy"] as Mapping;
  const paths = (sections["privatePaths"] as Mapping[]).filter(({ deny }) => deny === undefined);
  const cases = [
    [
      "one more",
      of("added", { worker: { ...worker, routes: [{ path: "/work" }] } }),
      "run Command proxy-route",
    ],
    ["one fewer", of("removed", { site: { ...site, routes: [] } }), "run Command proxy-route"],
  ] as const;

  it.each(cases)("%s passes, and fails by the switch, and back", async (_what, each, step) => {
    expect((await passedAndBack(begun.services, each)).problems).toEqual([]);
    expect(await failedAndBack(begun.services, each, step)).toEqual([]);
    expect(await failedAndBack(begun.services, each, step, true)).toEqual([]);
  });

  it("of paths that nobody may ask passes, and fails by the switch, and back", async () => {
    const proxy = { ...sections, privatePaths: paths };
    const wanted = { ...files, sections: { ...files.sections, proxy } };
    const each = { name: "proxy.privatePaths", path: "proxy.privatePaths", wanted };
    expect((await passedAndBack(begun.files, each)).problems).toEqual([]);
    expect(await failedAndBack(begun.files, each, "run Command proxy-route")).toEqual([]);
  });
});

describe("a change of services", () => {
  const changed = 'services.tool.stopTimeout = "7s"';

  it.each([
    ["one that runs alongside", 'services.worker.stopTimeout = "7s"', "run Command services-start"],
    ["an exclusive one", changed, "run Command services-exchange"],
    ["an exclusive one, at the switch", changed, "run Command proxy-route"],
    ["an exclusive one, after the switch", changed, "delete Container service-tool"],
    ["one that is removed", "services.site = not set", "run Command proxy-route"],
  ])("fails by %s, and leaves the services as they were", long, async (_what, name, step) => {
    const failing = name.endsWith("= not set") ? withoutSite : change(services, name);
    expect(await failedAndBack(begun.services, failing, step)).toEqual([]);
    expect(await failedAndBack(begun.services, failing, step, true)).toEqual([]);
  });

  it("removes one, and its return ends in the state before", async () => {
    expect((await passedAndBack(begun.services, withoutSite)).problems).toEqual([]);
  });

  const all = Object.entries(services.sections["services"] as Mapping);
  const others = Object.fromEntries(all.filter(([name]) => name !== "site"));
  const withoutSite: Change = {
    name: "services.site = not set",
    path: "services.site",
    wanted: { ...services, sections: { ...services.sections, services: others } },
  };
});

describe(`a sample of all changes (KEELSON_SEED=${String(seed)})`, () => {
  const sample = soak ? changes : Array.from({ length: size }, () => pick(changes));
  const shown = sample.map(([which, each]) => [`${which}: ${each.name}`, which, each] as const);

  it.each(shown)(
    "%s",
    async (_name, which, each) => {
      const { problems, steps } = await passedAndBack(begun[which], each);
      expect(problems).toEqual([]);
      // Some settings matter only later, such as the tag of an image that is built elsewhere.
      const failing = steps.length === 0 ? [] : [pick(steps), ...(soak ? [pick(steps)] : [])];
      for (const step of failing) {
        expect(await failedAndBack(begun[which], each, step)).toEqual([]);
      }
    },
    600_000,
  );
});

function pick<T>(list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error("there is nothing to pick from");
  return found;
}
