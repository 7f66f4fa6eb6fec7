// A stack that is watched: what is seen, what is delivered and how soon, and that it is gone when it is switched off.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeNetworks } from "#cli/io/removal";
import { dockerAt } from "#lib/docker";
import { takePorts } from "../support/claims.js";
import { docker, tryDocker, until } from "../support/docker.js";
import { startMailServer, type MailServer } from "../support/mail-server.js";
import { takeHostAddress } from "../support/host-address.js";
import { dashboardQueries, metricsIn, queryFor } from "../support/dashboards.js";
import {
  seriesUser,
  startSeriesReceiver,
  type Found,
  type SeriesReceiver,
} from "../support/series-receiver.js";
import { Stack } from "../support/stack.js";
import { startWatcher, type Watcher } from "../support/watcher.js";

const ports = await takePorts("http", "admin", "series");
const network = "test-mon-host";
const canary = "canary-of-a-webhook";
const figures = `require("node:http").createServer((_, response) => response.end("tasks_total 3\\n")).listen(9100)`;
const stack = new Stack("test-mon", {
  services: {
    worker: {
      command: ["node", "--eval", figures],
      metrics: { path: "/figures", port: 9100 },
      replicas: 2,
      health: { startPeriod: "1s" },
    },
  },
  app: { name: "mon", metrics: {} },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  redis: { cache: { for: "cache" } },
  backup: { enabled: false },
  database: { extensions: ["pg_stat_statements"] },
  secrets: { HOOK: {}, BEAT: {}, SERIES: {} },
});
let hook: Watcher;
let mail: MailServer;
let series: SeriesReceiver;

/** What a webhook got. */
interface Notification {
  readonly status: "firing" | "resolved";
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

beforeAll(async () => {
  await stack.sweep();
  const address = await takeHostAddress(network);
  hook = await startWatcher(network);
  mail = await startMailServer();
  series = await startSeriesReceiver("test-mon-series", { address, port: ports.series });
  stack.environment = {
    HOOK: `${hook.url}/${canary}`,
    BEAT: `${hook.url}/beat`,
    SERIES: seriesUser.password,
  };
  stack.configure({
    monitoring: {
      enabled: true,
      alerts: {
        webhook: { urlSecret: "HOOK" },
        smtp: {
          host: address,
          port: mail.port,
          from: "keelson@example.com",
          to: ["ops@example.com"],
          tls: false,
        },
        heartbeatSecret: "BEAT",
      },
      remoteWrite: {
        url: `http://${address}:${ports.series}/api/v1/write`,
        username: seriesUser.name,
        passwordSecret: "SERIES",
      },
    },
  });
  await stack.up();
});
afterAll(async () => {
  hook.close();
  mail.close();
  await stack.remove();
  await series.remove();
  await removeNetworks(dockerAt(), [network]);
});

const heard: string[] = [];

/** Notifications on an alert that the webhook got until now. */
function notifications(alert: string): Notification[] {
  heard.push(...hook.heard());
  return heard
    .filter((each) => each.startsWith(`/${canary} `))
    .map((each) => JSON.parse(each.slice(canary.length + 2)) as Notification)
    .filter(({ alerts }) => alerts.some(({ labels }) => labels["alertname"] === alert));
}

const containerOf = async (workload: string) => {
  const args = ["--filter", `label=dev.keelson.workload=${workload}`, "--format", "{{.Names}}"];
  return (await docker(["ps", "--all", ...stack.filter, ...args])).split("\n")[0] ?? "";
};

/** What a query of Prometheus has found: labels and value. */
async function query(expression: string): Promise<Found[]> {
  const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(expression)}`;
  const text = await docker(["exec", await containerOf("monitoring"), "curl", "-fsS", url]);
  const { data } = JSON.parse(text) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}

describe("a stack that is watched", () => {
  it("has figures of all its parts", async () => {
    const jobs = [
      "monitoring",
      "monitoring",
      "node",
      "postgres",
      "proxy",
      "latency",
      "redis",
      "site",
      "ready",
      "app",
      "service-worker",
      "service-worker",
    ];
    await until("every exporter", async () => {
      const found = await query("up");
      return found.length >= jobs.length && found.every(({ value }) => value === 1);
    });
    const found = (await query("up")).map(({ metric }) => metric["job"]);
    expect(found.sort()).toEqual(jobs.sort());
    const [own] = await query('http_request_duration_seconds_count{job="app"}');
    expect(own?.metric).toMatchObject({
      instance: await containerOf("app"),
      stack: "mon-test-mon",
    });
    // Each container of a service by the name that they have in common.
    const tasks = await query('tasks_total{job="service-worker"}');
    expect(tasks.map(({ metric }) => metric["process"])).toEqual(["worker", "worker"]);
    expect(new Set(tasks.map(({ metric }) => metric["instance"])).size).toBe(2);
    expect((await query("probe_success")).map(({ value }) => value)).toEqual([1, 1]);
    expect((await query("pg_up")).map(({ value }) => value)).toEqual([1]);
    expect((await query("redis_up")).map(({ value }) => value)).toEqual([1]);
    expect((await query("pg_settings_max_connections")).length).toBe(1);
    expect(
      await query('{__name__=~"pg_settings_.+",__name__!="pg_settings_max_connections"}'),
    ).toEqual([]);
    const statements = await until("the statements", async () => {
      const some = await query('pg_stat_statements_seconds_total{datname!="postgres"}');
      return some.length > 0 ? some : undefined;
    });
    expect(statements[0]?.metric).toMatchObject({
      user: expect.any(String) as never,
      queryid: expect.stringMatching(/^-?\d+$/) as never,
    });
    const [disk] = await query('node_filesystem_avail_bytes{mountpoint="/data"}');
    expect(disk?.value).toBeGreaterThan(0);
    expect((await query("node_timex_offset_seconds")).length).toBe(1);
  });

  it("knows each of its containers, and none of another stack", async () => {
    const all = [
      ...["app", "monitoring", "name-app", "postgres", "proxy", "redis-cache"],
      ...["service-worker", "service-worker-2"],
    ];
    const used = await until("containers", async () => {
      const found = await query("keelson_container_memory_used_bytes");
      return found.length >= all.length ? found : undefined;
    });
    const workloads = used.map(({ metric }) => metric["workload"]).sort();
    expect(workloads).toEqual(all);
    for (const { value } of used) expect(value).toBeGreaterThan(100_000);
    expect((await query("keelson_container_memory_limit_bytes")).length).toBe(all.length);
  });

  it("loads every rule, and nothing fires", async () => {
    // The clock of the tests' machine may be set by nobody.
    const other = 'ALERTS{alertstate="firing",alertname!~"KeelsonWatchdog|KeelsonClockSkew"}';
    expect((await query(other)).map(({ metric }) => metric)).toEqual([]);
    expect(await stack.must("alerts")).toBe("Nothing fires.\n");
  });

  it("sends its series on, by which the dashboard has something to show", async () => {
    const own = 'http_request_duration_seconds_count{job="app",stack="mon-test-mon"}';
    await until("the app's series", async () => (await series.query(own)).length > 0);
    // The stack has no jobs, no backups and no TLS, and nothing was evicted, throttled or killed.
    const none = /^keelson_(job|backup|drill|wal)_|^probe_ssl_|^pg_replication_/;
    const wanted = metricsIn(dashboardQueries).filter((each) => !none.test(each));
    const lacking = async () => {
      const names = await series.names();
      return wanted.filter((each) => !names.includes(each));
    };
    // What is missing stands in the failure of the next line.
    await until(
      "every metric of the dashboard",
      async () => (await lacking()).length === 0,
      60,
    ).catch(() => undefined);
    expect(await lacking()).toEqual([]);
    for (const each of dashboardQueries) {
      await expect(series.query(queryFor("mon-test-mon", each)), each).resolves.toBeDefined();
    }
  });

  it("listens nowhere but inside its container", async () => {
    const name = await containerOf("monitoring");
    expect(await docker(["port", name])).toBe("");
    for (const port of ["9090", "9093", "9100", "9115", "9121", "9187"]) {
      const ask = `require("net").connect(${port}, "${name}").on("connect", () => process.exit(0)).on("error", (e) => { console.log(e.code); process.exit(9) })`;
      const asked = await tryDocker(["exec", await containerOf("app"), "node", "-e", ask]);
      expect(asked, port).toMatchObject({ code: 9, stdout: "ECONNREFUSED\n" });
    }
  });

  it("delivers a test alert through every channel", async () => {
    const said = await stack.must("alerts test");
    expect(said).toBe("smtp: delivered\nwebhook: delivered\n");
    expect(notifications("KeelsonTest").length).toBeGreaterThan(0);
    expect(mail.taken().join("\n")).toContain("a test alert");
  });

  it("tells within a minute that the site is down, and that it is up again", async () => {
    const app = await containerOf("app");
    await docker(["stop", "--time", "1", app]);
    const from = Date.now();
    await until(
      "the alert",
      () => Promise.resolve(notifications("KeelsonSiteDown").length > 0),
      120,
    );
    const seconds = (Date.now() - from) / 1000;
    console.log(`site down: delivered after ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(60);
    const [first] = notifications("KeelsonSiteDown");
    expect(first?.status).toBe("firing");
    expect(first?.alerts[0]?.annotations["summary"]).toBe("mon-test-mon: the site does not answer");
    await until("the mail", () => {
      const mails = mail.taken().join("\n");
      return Promise.resolve(
        /FIRING.*KeelsonSiteDown/.test(mails) && mails.includes("What to do:"),
      );
    });
    expect(await stack.must("alerts")).toMatch(/^ {2}critical +KeelsonSiteDown/m);
    await docker(["start", app]);
    await until(
      "the end",
      () =>
        Promise.resolve(
          notifications("KeelsonSiteDown").some(({ status }) => status === "resolved"),
        ),
      180,
    );
  });

  it("silences an alert by its name, and takes that back", async () => {
    expect(await stack.must("alerts silence", "KeelsonSiteDown", "2h")).toMatch(
      /^KeelsonSiteDown is silenced until /,
    );
    const wrong = await stack.keelson("alerts silence", "KeelsonSiteDwn", "2h");
    expect(wrong.stderr + wrong.stdout).toContain('did you mean "KeelsonSiteDown"?');
    expect(await stack.must("alerts silence", "KeelsonSiteDown", "--off")).toBe(
      "KeelsonSiteDown is delivered again.\n",
    );
  });

  // Late, since the first one comes after most of a minute.
  it("pings a heartbeat as long as it works", async () => {
    const beat = await until("a heartbeat", () => {
      heard.push(...hook.heard());
      return Promise.resolve(heard.find((each) => each.startsWith("/beat ")));
    });
    expect(beat).toContain("KeelsonWatchdog");
  });

  it("shows no secret to whoever looks from outside", async () => {
    const name = await containerOf("monitoring");
    const shown = [
      await docker(["inspect", name]),
      (await tryDocker(["logs", name])).stderr,
      await docker(["top", name, "-o", "pid,args"]),
      stack.printed,
    ].join("\n");
    expect(shown).not.toContain(canary);
    expect(shown).not.toContain(seriesUser.password);
    expect(await docker(["exec", name, "cat", "/run/secrets/alertmanager.yml"])).not.toContain(
      canary,
    );
  });

  it("is gone when it is switched off, but for its series", async () => {
    const before = await stack.present();
    stack.configure({ monitoring: { enabled: false } });
    await stack.up();
    expect(await containerOf("monitoring")).toBe("");
    const { volumes, networks } = await stack.present();
    expect(networks.length).toBe(before.networks.length);
    const gone = before.volumes.filter((each) => !volumes.includes(each));
    expect(gone.length).toBe(1);
    expect(volumes).toContain("mon-test-mon-monitoring-data");
    const off = await stack.keelson("alerts");
    expect(off.code).not.toBe(0);
    expect(off.stderr + off.stdout).toContain("monitoring.enabled: is false for test-mon");
  });
});
