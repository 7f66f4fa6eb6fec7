import { describe, expect, it } from "vitest";
import { containerType, volumeType, type RecordedResource, type Runner } from "#cli/engines/runner";
import { takeBackRelease, takenBack } from "#cli/stack/take-back";

const prefix = "urn:pulumi:s::keelson::keelson:components:";
const resource = (path: string, type: string, id: string, more: object = {}): RecordedResource => ({
  urn: `${prefix}${path}`,
  type,
  id,
  ...more,
});

const command = "command:local:Command";
const app = (id: string, more?: object) =>
  resource(`App$keelson:workload:Running$${containerType}::a-s-app`, containerType, id, more);
const worker = (id: string, more?: object) =>
  resource(`Services$${containerType}::a-s-service-worker`, containerType, id, more);
const second = (id: string) =>
  resource(`App$keelson:workload:Running$${containerType}::a-s-app-2`, containerType, id);
const secrets = (id: string, more?: object) =>
  resource(`App$keelson:workload:SecretFiles$${volumeType}::a-s-app-secrets`, volumeType, id, more);
const begin = (content: string) =>
  resource(`App$${command}::a-s-app-begin`, command, "1", { inputs: { stdin: content } });
const route = (apps: string) =>
  resource(`Proxy$${command}::a-s-proxy-route`, command, "2", { inputs: { apps } });
const accepted = (release: string) =>
  resource(`Route$${command}::a-s-proxy-route`, command, "2", {
    inputs: { environment: { RELEASE: release } },
  });
const jobs = (id: string, more?: object) =>
  resource(`Jobs$${containerType}::a-s-jobs`, containerType, id, more);
const jobsFiles = (id: string, more?: object) =>
  resource(`Jobs$keelson:workload:SecretFiles$${volumeType}::a-s-jobs-files`, volumeType, id, {
    retainOnDelete: true,
    ...more,
  });
const ledger = (id: string) =>
  resource(`Jobs$keelson:workload:OwnedVolume$${volumeType}::a-s-${id}`, volumeType, id, {
    retainOnDelete: true,
  });
const checked = (files: string) =>
  resource(`Jobs$${command}::a-s-jobs-check`, command, "3", { inputs: { files } });
const proxy = (id: string) =>
  resource(`Proxy$keelson:workload:Running$${containerType}::a-s-proxy`, containerType, id);
const password = (id: string, more?: object) =>
  resource(`Secrets$random:index/randomPassword:RandomPassword::k`, "random:x", id, more);

const plain = (resources: readonly RecordedResource[]) =>
  resources.map(({ urn, id, delete: doomed, ...rest }) => {
    const inputs = (rest as { inputs?: object }).inputs;
    const name = urn.split("::").at(-1) ?? "";
    return `${name} ${String(id)}${doomed === true ? " deleted" : ""}${inputs === undefined ? "" : ` ${JSON.stringify(inputs)}`}`;
  });

describe("takenBack", () => {
  it("has steps, containers and secrets as they were, and everything else as it is", () => {
    const before = [secrets("s1"), begin("one"), app("c1"), proxy("p1"), route("c1")];
    const now = [
      secrets("s2"),
      secrets("s1", { delete: true }),
      begin("two"),
      app("c2"),
      app("c1", { delete: true }),
      second("c3"),
      proxy("p2"),
      route("c1"),
    ];
    expect(plain(takenBack(before, now))).toEqual([
      "a-s-app-secrets s1",
      // No container of the release is left that has it; the next run that succeeds removes it.
      "a-s-app-secrets s2 deleted",
      'a-s-app-begin 1 {"stdin":"one"}',
      "a-s-app c1",
      "a-s-proxy p2",
      'a-s-proxy-route 2 {"apps":"c1"}',
    ]);
  });

  it("has generated values that the release had recreated as they were", () => {
    const now = [password("new"), password("old", { delete: true })];
    expect(plain(takenBack([password("old")], now))).toEqual(["k old"]);
  });

  it("keeps the parents that an update of Keelson has given what there was", () => {
    const under = (each: RecordedResource) => ({
      ...each,
      urn: each.urn.replace(
        prefix,
        "urn:pulumi:s::keelson::keelson:index:Stack$keelson:components:",
      ),
      parent: "urn:pulumi:s::keelson::keelson:index:Stack$keelson:components:App::a-s-app",
    });
    const now = [under(begin("two")), under(app("c2")), under(app("c1", { delete: true }))];
    expect(takenBack([begin("one"), app("c1")], now)).toMatchObject([
      under(begin("one")),
      under(app("c1")),
    ]);
  });

  it("has the gate and the files of jobs as they were, and has those of the release deleted", () => {
    const before = [jobsFiles("f1"), ledger("jobs-1"), checked("f1"), jobs("j1")];
    const now = [
      jobsFiles("f2"),
      jobsFiles("f1", { delete: true }),
      ledger("jobs-1"),
      checked("f2"),
      jobs("j1"),
    ];
    const taken = takenBack(before, now);
    expect(plain(taken)).toEqual([
      "a-s-jobs-files f1",
      "a-s-jobs-files f2 deleted",
      "a-s-jobs-1 jobs-1",
      'a-s-jobs-check 3 {"files":"f1"}',
      "a-s-jobs j1",
    ]);
    expect(taken.map(({ retainOnDelete }) => retainOnDelete)).toEqual([
      true,
      false,
      true,
      undefined,
      undefined,
    ]);
  });

  it("has the files of the first jobs deleted once they are wanted no more, and keeps a ledger", () => {
    const taken = takenBack([], [jobsFiles("f1"), ledger("jobs-1"), checked("f1")]);
    expect(taken).toEqual([
      expect.objectContaining({ id: "f1", retainOnDelete: false }),
      expect.objectContaining({ id: "jobs-1", retainOnDelete: true }),
    ]);
  });

  it("keeps what waited for its deletion before", () => {
    const before = [secrets("s1"), secrets("s0", { delete: true })];
    const now = [secrets("s2"), secrets("s1", { delete: true }), secrets("s0", { delete: true })];
    expect(plain(takenBack(before, now))).toEqual([
      "a-s-app-secrets s1",
      "a-s-app-secrets s2 deleted",
      "a-s-app-secrets s0 deleted",
    ]);
  });
});

const routeTo = (host: string) => `backend app\n  server only-1 ${host}:3000 check`;

describe("takeBackRelease", () => {
  interface World {
    readonly before?: RecordedResource[];
    readonly now?: RecordedResource[];
    /** Containers by id: whether they run. */
    readonly running: Record<string, boolean>;
    readonly routes?: string;
    readonly exclusive?: boolean;
    /** What reading the file of the services in service comes to; none are. */
    readonly services?: {
      readonly code?: number;
      readonly stdout?: string;
      readonly stderr?: string;
    };
  }

  /** What is done in such a world. */
  async function done(world: World) {
    const { before = [app("c1")], now = [app("c2"), app("c1", { delete: true })] } = world;
    const did: string[] = [];
    const services = { code: 0, stdout: "", stderr: "", ...world.services };
    const found = Object.entries(world.running).map(([id, Running]) => ({
      Id: id,
      Name: `/app-${id}`,
      State: { Running },
      Config: { Image: "i", Labels: { "dev.keelson.workload": "app" } },
      HostConfig: { RestartPolicy: { Name: "unless-stopped" }, PortBindings: null },
      NetworkSettings: { Networks: {} },
    }));
    const docker = (args: readonly string[]) => {
      if (args[0] === "rm") did.push(args.join(" "));
      const isProxy = args.some((each) => each.endsWith("workload=proxy"));
      const ids = isProxy ? "p1" : Object.keys(world.running).join("\n");
      const routes = world.routes ?? routeTo("app-c1");
      if (args.some((each) => each.endsWith("/services.json"))) return Promise.resolve(services);
      const stdout = { ps: ids, inspect: JSON.stringify(found), exec: routes }[args[0] ?? ""] ?? "";
      const code = args[0] === "exec" && routes === "" ? 1 : 0;
      return Promise.resolve({ code, stdout, stderr: "" });
    };
    const edit: Runner["edit"] = async (change) => {
      const resources = await change(now, world.exclusive ?? true);
      if (resources !== undefined) did.push(...plain(resources));
      return resources !== undefined;
    };
    const context = { runner: { edit } as Runner, docker, app: "a", stack: "s" };
    const recorded = { resources: before, pending: [] };
    await takeBackRelease(context, recorded, () => undefined);
    return did;
  }

  it("removes what the release started, running or not, and restores its state", async () => {
    for (const c2 of [true, false]) {
      expect(await done({ running: { c1: true, c2 } })).toEqual([
        "rm --force --volumes c2",
        "a-s-app c1",
      ]);
    }
  });

  it("removes the services that the release made, and restores their state", async () => {
    const world = {
      before: [app("c1"), worker("w1")],
      now: [app("c1"), worker("w2"), worker("w1", { delete: true })],
      running: { c1: true, w1: true, w2: false },
      services: { code: 1, stderr: "cat: /config/services.json: No such file or directory" },
    };
    expect(await done(world)).toEqual([
      "rm --force --volumes w2",
      "a-s-app c1",
      "a-s-service-worker w1",
    ]);
  });

  it("restores the state of one that failed before it started anything", async () => {
    const world = { before: [begin("one"), app("c1")], now: [begin("two"), app("c1")] };
    expect(await done({ ...world, running: { c1: true } })).toEqual([
      'a-s-app-begin 1 {"stdin":"one"}',
      "a-s-app c1",
    ]);
  });

  it("restores the state of jobs whatever becomes of their own containers", async () => {
    const world = {
      before: [checked("f1"), app("c1"), jobs("j1")],
      now: [checked("f2"), app("c1"), jobs("j1")],
    };
    expect(await done({ ...world, running: { c1: true, j1: false } })).toEqual([
      'a-s-jobs-check 3 {"files":"f1"}',
      "a-s-app c1",
      "a-s-jobs j1",
    ]);
  });

  it.each<[string, World]>([
    [
      "the release has been accepted, with the containers of before",
      {
        before: [app("c1"), accepted("v1 one"), jobs("j1")],
        now: [app("c1"), accepted("v2 two"), jobs("j2"), jobs("j1", { delete: true })],
        running: { c1: true, j1: true, j2: false },
      },
    ],
    ["what served does not run", { running: { c1: false, c2: false } }],
    ["what served is gone", { running: { c2: true } }],
    ["nothing served", { before: [], now: [app("c2")], running: { c2: false } }],
    ["the proxy routes to it", { running: { c1: true, c2: true }, routes: routeTo("app-c2") }],
    [
      "a service of it is in service",
      {
        before: [app("c1"), worker("w1")],
        now: [app("c1"), worker("w2"), worker("w1", { delete: true })],
        running: { c1: true, w1: true, w2: true },
        services: { stdout: '{"worker":["w2"]}' },
      },
    ],
    [
      "an exclusive service of before does not run",
      {
        before: [app("c1"), worker("w1")],
        now: [app("c1"), worker("w2"), worker("w1", { delete: true })],
        running: { c1: true, w1: false, w2: false },
      },
    ],
    [
      "which services are in service is not known",
      { running: { c1: true, c2: false }, services: { code: 1, stderr: "Error: no" } },
    ],
    ["where the proxy routes to is not known", { running: { c1: true, c2: true }, routes: "" }],
    [
      "another run may be at work, and it runs",
      { running: { c1: true, c2: true }, exclusive: false },
    ],
  ])("does nothing where %s", async (_what, world) => {
    expect(await done(world)).toEqual([]);
  });
});
