import { describe, expect, it } from "vitest";
import { exchange, type RestoreContext } from "#cli/commands/restore/volume-exchange";
import type { OurContainer } from "#cli/io/docker";
import { settingsFrom } from "#config";
import { volumeGroups } from "#config/backed-volumes";

const settings = settingsFrom({
  environment: "local",
  app: {
    name: "shop",
    image: "shop:1.0",
    volumes: [{ name: "uploads", path: "/data", backup: true }],
    health: { startTimeout: "1s" },
  },
  redis: { jobs: { for: "queue" } },
});

const container = (workload: string, name = workload): OurContainer => ({
  id: `${name}-id`,
  name,
  workload,
  image: "keelson/backup:1",
  created: "",
  running: true,
  wanted: true,
  hostPorts: [],
  networks: [],
});
const containers = [
  container("proxy"),
  container("app"),
  container("service", "worker"),
  container("postgres"),
  container("redis", "redis-jobs"),
  container("redis", "redis-other"),
  container("volumes"),
];

/** A Docker whose containers are healthy, but for the server of the queue for so many starts. */
function host(volume: string, refusals = 0) {
  const acts: string[] = [];
  const variables: RegExpExecArray[] = [];
  let left = refusals;
  const answer = (line: string): string => {
    if (line.startsWith("ps -aq")) return "redis-jobs-id\nvolumes-id";
    if (line.includes("json .Config.Healthcheck")) return "null";
    if (!line.includes(".State.Status")) return "";
    if (!line.endsWith("redis-jobs-id") || left === 0) return "running";
    left -= 1;
    return "exited";
  };
  const docker = (args: readonly string[]) => {
    const line = args.join(" ");
    if (/^(stop|start)/.test(line)) acts.push(line.replace(/-id$/, ""));
    if (line.startsWith("run")) variables.push(...line.matchAll(/--env (\S+)/g));
    if (line.startsWith("run")) acts.push(line.replace(/.*--user (\S+) .*restore-volume /, "$1 "));
    return Promise.resolve({ code: 0, stdout: answer(line), stderr: "" });
  };
  const [group] = volumeGroups(settings).filter(({ volumes }) =>
    volumes.some(({ name }) => name === volume),
  );
  const found = group?.volumes.find(({ name }) => name === volume);
  if (group === undefined || found === undefined) throw new Error(volume);
  const [first] = containers.slice(-1);
  if (first === undefined) throw new Error("no container");
  const context: RestoreContext = {
    docker,
    settings,
    stack: "test",
    group,
    container: first,
    containers,
    volume: found,
  };
  return { acts, context, told: () => variables.map(([, each]) => each) };
}

const quiet = () => undefined;

describe("the exchange of a volume", () => {
  it("of the app is made while nobody writes, and stops no server", async () => {
    const { acts, context } = host("uploads");
    await exchange(context, quiet);
    expect(acts).toEqual([
      "stop app",
      "stop worker",
      "10001:10001 swap",
      "start worker",
      "start app",
    ]);
  });

  it("of a queue is made by its owner, with its server stopped last and answering before anybody asks it", async () => {
    const { acts, context, told } = host("redis-jobs");
    await exchange(context, quiet);
    expect(told()).toEqual(["VOLUMES=redis-jobs", "QUEUES=redis-jobs"]);
    expect(acts).toEqual([
      "stop app",
      "stop worker",
      "stop redis-jobs",
      "998:998 swap",
      "start redis-jobs",
      "start worker",
      "start app",
    ]);
  });

  it("of a queue is taken back where the server does not start with it, and all runs again", async () => {
    const { acts, context } = host("redis-jobs", 1);
    await expect(exchange(context, quiet)).rejects.toThrow(
      "redis-jobs holds what it held before, and all runs again: what was restored does not start: redis-jobs: it is exited.",
    );
    expect(acts.slice(3)).toEqual([
      "998:998 swap",
      "start redis-jobs",
      "stop redis-jobs",
      "998:998 back",
      "998:998 swap",
      "start redis-jobs",
      "start worker",
      "start app",
    ]);
  });
});
