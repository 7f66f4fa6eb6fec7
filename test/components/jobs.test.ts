import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { jobsPaths } from "#components/jobs/list";
import { deepMerge } from "#lib/merge";
import { runSettings, shared } from "../support/program.js";
import { plain } from "../support/pulumi.js";

const base = {
  environment: "local",
  app: {
    name: "shop",
    image: "shop:1.0",
    env: { TZ: "UTC" },
    user: "33:34",
    stopTimeout: "40s",
    volumes: [{ name: "uploads", path: "/uploads" }],
  },
  backup: { enabled: false },
  proxy: { domains: ["shop.example.com"], tls: { mode: "off" } },
  secrets: { TOKEN: { generate: { length: 20 } }, OTHER: { generate: { length: 20 } } },
};
const settings = (jobs: object, more = {}) => settingsFrom(deepMerge({ ...base, jobs }, more));
const run = (jobs: object, more = {}) => runSettings(settings(jobs, more));

const jobs = {
  nightly: { schedule: "30 2 * * *", timeZone: "Europe/Berlin", command: ["janitor", "--all"] },
  ask: {
    schedule: "*/15 * * * *",
    http: { path: "/cleanup", bearerSecret: "TOKEN", expect: [204] },
    timeout: "2m",
    retries: 2,
    alert: { failures: 2, staleAfter: "1h" },
  },
  report: { schedule: "0 5 * * *", command: ["report"], service: "worker" },
};
const worker = { command: ["work"], port: 8000, memory: "512MiB", poolSize: 1 };
const usual = shared(() => run(jobs, { services: { worker }, monitoring: { enabled: true } }));

describe("jobs", () => {
  it("are started by a container of the app's image, with its environment and hardening", async () => {
    const inputs = (await usual()).inputs("shop-test-jobs");
    expect(inputs).toMatchObject({
      image: "shop:1.0",
      entrypoints: ["/keelson/bin/runner"],
      command: ["serve", "/keelson/jobs/jobs.json", "/keelson/ledger"],
      user: "33:34",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      stopSignal: "SIGINT",
      stopTimeout: 40,
      restart: "unless-stopped",
      healthcheck: { tests: ["CMD", "/keelson/bin/runner", "health", "/keelson/ledger"] },
    });
    expect(inputs["envs"]).toEqual(
      expect.arrayContaining([
        "TZ=UTC",
        "APP_NAME=shop",
        "DATABASE_URL_FILE=/run/secrets/DATABASE_URL",
        "KEELSON_HOST=shop.example.com",
        "KEELSON_SCHEME=http",
      ]),
    );
    expect(inputs["ports"]).toBeUndefined();
    const volumes = inputs["volumes"] as { containerPath: string; readOnly: boolean }[];
    expect(volumes.map(({ containerPath, readOnly }) => [containerPath, readOnly])).toEqual([
      ["/uploads", false],
      [jobsPaths.bin, true],
      [jobsPaths.files, true],
      [jobsPaths.ledger, false],
      ["/run/secrets", true],
    ]);
  });

  it("of a service have its image's container and limits, and ask it", async () => {
    const inputs = (await usual()).inputs("shop-test-jobs-worker");
    expect(inputs).toMatchObject({ memory: 512 });
    expect(inputs["envs"]).toContain("KEELSON_APP=http://worker:8000");
    expect(inputs["labels"]).toEqual(
      expect.arrayContaining([
        { label: "dev.keelson.workload", value: "jobs" },
        { label: "dev.keelson.process", value: "worker" },
      ]),
    );
  });

  it("are created and not started, and an engine leaves those of before", async () => {
    const all = await usual();
    const { inputs, options } = all.get("shop-test-jobs");
    expect(inputs).toMatchObject({ start: false, mustRun: false, wait: false });
    expect(options).toMatchObject({ deleteBeforeReplace: false, retainOnDelete: true });
    for (const volume of ["jobs-runner", "jobs-files", "jobs-secrets"]) {
      expect(all.get(`shop-test-${volume}`).options, volume).toMatchObject({
        retainOnDelete: true,
      });
    }
  });

  it("are given the list, and the secrets that the list names alone", async () => {
    const stdin = plain((await usual()).inputs("shop-test-jobs-files-fill")["stdin"]) as string;
    const files = Object.fromEntries(
      stdin
        .trim()
        .split("\n")
        .map((line) => line.split(" ") as [string, string]),
    );
    expect(Object.keys(files)).toEqual(["TOKEN", "jobs.json"]);
    const list = JSON.parse(Buffer.from(files["jobs.json"] ?? "", "base64").toString()) as unknown;
    expect(list).toEqual({
      graceSeconds: 40,
      jobs: [
        {
          name: "ask",
          schedule: "*/15 * * * *",
          timeZone: "UTC",
          http: {
            method: "POST",
            path: "/cleanup",
            headers: {},
            expect: [204],
            bearerFile: "/keelson/jobs/TOKEN",
          },
          timeoutSeconds: 120,
          retries: 2,
          overlap: "forbid",
          heartbeatFile: "",
          alertFailures: 2,
          alertStaleSeconds: 3600,
        },
        {
          name: "nightly",
          schedule: "30 2 * * *",
          timeZone: "Europe/Berlin",
          command: ["janitor", "--all"],
          timeoutSeconds: 3600,
          retries: 0,
          overlap: "forbid",
          heartbeatFile: "",
          alertFailures: 1,
          alertStaleSeconds: 0,
        },
      ],
    });
  });

  it("are looked at before the release, and started after its switch", async () => {
    const all = await usual();
    const check = all.inputs("shop-test-jobs-check")["environment"] as Record<string, string>;
    expect(check).toMatchObject({ IMAGE: "shop:1.0", PROCESS: "app" });
    const args = JSON.parse(check["ONE_SHOT_RUN"] ?? "") as string[];
    expect(args.slice(-3)).toEqual(["shop:1.0", "check", "/keelson/jobs/jobs.json"]);
    expect(args.join(" ")).toContain("--user 33:34 --network none");
    const live = all.inputs("shop-test-jobs-live");
    expect(live["create"]).toMatch(/ jobs-live$/);
    expect(live["delete"]).toMatch(/ jobs-end$/);
    // Where a release never got so far.
    expect(all.inputs("shop-test-jobs-guard")["delete"]).toMatch(/ jobs-remove$/);
    expect(live["environment"]).toMatchObject({
      // One attempt of each, 10 s for its end, and a minute between two.
      LONGEST: String(Math.max(3610, 3 * 130 + 120)),
      LEDGER: "/keelson/ledger",
    });
  });

  it("have their metrics read where the stack is watched", async () => {
    const volumes = (await usual()).inputs("shop-test-monitoring")["volumes"];
    expect(volumes).toEqual(
      expect.arrayContaining([
        { volumeName: "shop-test-jobs-33", containerPath: "/jobs/app", readOnly: true },
        { volumeName: "shop-test-jobs-worker-33", containerPath: "/jobs/worker", readOnly: true },
      ]),
    );
  });

  it("are a part of the release, which brings them back", async () => {
    const begin = plain((await usual()).inputs("shop-test-app-begin")["stdin"]) as string;
    const content = JSON.parse(begin) as { settings: { jobs: object } };
    expect(Object.keys(content.settings.jobs)).toEqual(["ask", "nightly", "report"]);
    const record = content.settings as Parameters<typeof settingsFrom>[1];
    const present = settings({});
    const back = settingsFrom(
      { ...base, jobs: { other: jobs.nightly }, services: present.services },
      record,
    );
    expect(Object.keys(back.jobs)).toEqual(["ask", "nightly", "report"]);
  });

  it("leave a stack without any as it is", async () => {
    const all = await run({});
    expect(all.names.filter((name) => /Jobs|jobs-live/.test(name))).toEqual([]);
    expect(plain(all.inputs("shop-test-app-begin")["stdin"])).not.toContain('"jobs"');
  });
});
