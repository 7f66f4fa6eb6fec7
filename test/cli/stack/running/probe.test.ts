import { describe, expect, it } from "vitest";
import { probeRunning, routesIn } from "#cli/stack/running/probe";
import type { Docker } from "#lib/docker";
import type { CommandResult } from "#lib/run-process";
import type { Answer } from "#release/proxy-session";
import { spokenSession } from "../../../support/session-stand-in.js";

const header =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";
/** As HAProxy 2.6 and 3.0 write a server. */
const server = (section: string, name: string, up: number, administrative: number, since: number) =>
  `3 ${section} 1 ${name} 10.0.0.2 ${up} ${administrative} 1 1 ${since} 6 3 4 6 0 0 0 shop-app 3000 - 0 0 - - 0`;
const state = (...servers: string[]) => ["1", header, ...servers, ""].join("\n");

describe("routesIn", () => {
  it.each<[string, string[], number]>([
    ["up", [server("app", "app-1", 2, 0, 60)], 1],
    ["up, in a place that the configuration disables", [server("app", "app-1", 2, 4, 60)], 1],
    ["down by its checks", [server("app", "app-1", 0, 0, 60)], 0],
    ["in maintenance by a command", [server("app", "app-1", 2, 1, 60)], 0],
    ["without an address", [server("app", "app-1", 0, 32, 60)], 0],
    ["drained", [server("app", "app-1", 2, 8, 60)], 0],
    ["one of two", [server("app", "app-1", 0, 0, 60), server("app", "app-2", 2, 0, 90)], 1],
  ])("counts what is in service: %s", (_what, servers, inService) => {
    expect(routesIn(state(...servers))).toEqual([{ section: "app", inService, since: 60 }]);
  });

  it("knows each section that leads to the app, and since when it is so", () => {
    const servers = [
      server("app", "app-1", 0, 0, 60),
      server("app", "app-2", 0, 5, 900),
      server("tcp-1982", "app-1", 2, 0, 30),
      server("acme", "acme", 0, 0, 1),
    ];
    expect(routesIn(state(...servers))).toEqual([
      { section: "app", inService: 0, since: 60 },
      { section: "tcp-1982", inService: 1, since: 30 },
    ]);
  });

  it("is none of a proxy that leads nowhere yet, or says something else", () => {
    expect(routesIn(state())).toEqual([]);
    expect(routesIn("Unknown command")).toEqual([]);
  });
});

const running = {
  Status: "running",
  Restarting: false,
  OOMKilled: false,
  ExitCode: 0,
  StartedAt: "2026-03-01T08:00:00Z",
  FinishedAt: "0001-01-01T00:00:00Z",
};
const container = (workload: string, state: object = {}, more: object = {}) => ({
  Id: `${workload}-id`,
  Name: `/shop-prod-${workload}`,
  RestartCount: 0,
  State: { ...running, ...state },
  Config: { Labels: { "dev.keelson.workload": workload } },
  HostConfig: { RestartPolicy: { Name: "unless-stopped" } },
  ...more,
});

const ended = (stdout: string, code = 0): CommandResult => ({ code, stdout, stderr: "" });

/** Docker with these containers; `cat` prints `files` by the container's id. */
function engine(
  containers: { Id: string }[],
  files: Record<string, CommandResult> = {},
  admin: Answer | { readonly gone: string } = {
    code: 0,
    text: state(server("app", "app-1", 2, 0, 5)),
  },
) {
  const asked: string[] = [];
  const run: Docker = (args) => {
    asked.push(args.join(" "));
    const answer = (): CommandResult => {
      if (args[0] === "ps") return ended(containers.map(({ Id }) => Id).join("\n"));
      if (args[0] === "inspect") return ended(JSON.stringify(containers));
      if (args.includes("cat")) return files[args[1] ?? ""] ?? ended("", 127);
      return ended("", 1);
    };
    return Promise.resolve(answer());
  };
  const open = (args: readonly string[]) =>
    spokenSession(({ verb, input }) => {
      asked.push(`${args.join(" ")}: ${verb} ${input.trim()}`);
      return Promise.resolve(admin);
    });
  return { docker: Object.assign(run, { open }), asked };
}

const look = async (docker: Docker) => {
  const { at, ...facts } = await probeRunning(docker, "shop", "prod");
  expect(Date.now() - at.getTime()).toBeLessThan(60_000);
  return facts;
};

describe("probeRunning", () => {
  const v2 = "low 0\nhigh 0\nmax 41\noom 2\noom_kill 2\noom_group_kill 0\n";
  const v1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n";

  it("counts the processes that were killed for memory, of both kinds of cgroups", async () => {
    // One of the two files is not there, which makes cat fail.
    const files = { "app-id": ended(v2, 1), "backup-id": ended(v1, 1) };
    const { docker } = engine([container("app"), container("backup"), container("drill")], files);
    const { containers } = await look(docker);
    expect(containers.map(({ workload, kills }) => [workload, kills])).toEqual([
      ["app", 2],
      ["backup", 3],
      ["drill", undefined],
    ]);
  });

  it("asks nothing of a container that Docker is about to start, and tells how it ended", async () => {
    const state = {
      Restarting: true,
      ExitCode: 3,
      Health: { Status: "unhealthy", FailingStreak: 0 },
      OOMKilled: true,
      FinishedAt: "2026-03-02T11:00:00Z",
    };
    const { docker, asked } = engine([container("proxy", state, { RestartCount: 5 })]);
    expect(await look(docker)).toEqual({
      containers: [
        {
          name: "shop-prod-proxy",
          workload: "proxy",
          stopped: false,
          restarting: true,
          restarts: 5,
          startedAt: "2026-03-01T08:00:00Z",
          finishedAt: "2026-03-02T11:00:00Z",
          exitCode: 3,
          oomKilled: true,
          kills: undefined,
          failing: undefined,
        },
      ],
      routes: undefined,
    });
    expect(asked.filter((each) => each.startsWith("exec"))).toEqual([]);
  });

  it("looks at the proxy's servers, and at health", async () => {
    const unhealthy = { Health: { Status: "unhealthy", FailingStreak: 4 } };
    const starting = { Health: { Status: "starting", FailingStreak: 1 } };
    const { docker, asked } = engine([container("proxy", unhealthy), container("app", starting)]);
    const { containers, routes } = await look(docker);
    expect(containers.map(({ failing }) => failing)).toEqual([4, undefined]);
    expect(routes).toEqual([{ section: "app", inService: 1, since: 5 }]);
    expect(asked).toContain(
      "exec --interactive proxy-id /usr/local/bin/session: admin show servers state",
    );
  });

  it.each([
    ["has ended", { gone: "container is not running" }],
    ["has no HAProxy that answers", { code: 1, text: "Connection refused" }],
  ])("knows nothing of routes where the proxy %s", async (_what, admin) => {
    const { docker } = engine([container("proxy")], {}, admin);
    expect((await look(docker)).routes).toBeUndefined();
  });

  it("sees one that was stopped while others run, and asks nothing of it", async () => {
    const gone = container("service", { Status: "exited", ExitCode: 143 });
    const { docker, asked } = engine([container("app"), gone]);
    const { containers } = await look(docker);
    expect(containers.map(({ workload, stopped }) => [workload, stopped])).toEqual([
      ["app", false],
      ["service", true],
    ]);
    expect(asked.filter((each) => each.includes("service-id cat"))).toEqual([]);
  });

  it("finds nothing wrong with a stack that was stopped as a whole", async () => {
    const { docker } = engine([container("proxy", { Status: "exited" })]);
    expect(await look(docker)).toEqual({ containers: [], routes: undefined });
  });

  it("leaves out what does one thing and is gone", async () => {
    const policy = { HostConfig: { RestartPolicy: { Name: "no" } } };
    const { docker } = engine([container("one-shot", {}, policy)]);
    expect((await look(docker)).containers).toEqual([]);
  });

  it("asks for the stack's containers by their labels, and for no others", async () => {
    const { docker, asked } = engine([]);
    expect(await look(docker)).toEqual({ containers: [], routes: undefined });
    expect(asked).toEqual([
      "ps --quiet --all --filter status=running --filter status=restarting --filter status=exited --filter label=dev.keelson.project=shop --filter label=dev.keelson.stack=prod",
    ]);
  });
});
