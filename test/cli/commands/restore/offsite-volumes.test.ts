import { describe, expect, it } from "vitest";
import type { NewHost, OffsiteTask } from "#cli/commands/restore/offsite/new-host";
import { OffsiteVolumes } from "#cli/commands/restore/offsite/volumes";
import { resticFile } from "#components/backup/restic";
import { settingsFrom } from "#config";

const place = { endpoint: "s3.example.com", bucket: "shop", region: "eu" };
const settings = settingsFrom({
  environment: "local",
  app: {
    name: "shop",
    image: "shop:1.0",
    volumes: [{ name: "uploads", path: "/data", backup: true }],
  },
  redis: { jobs: { for: "queue", memory: "2GiB" } },
  backup: {
    repositories: [{ ...place, accessKeySecret: "ID", secretKeySecret: "KEY" }],
    passphraseSecret: "PASS",
  },
  secrets: { ID: {}, KEY: {}, PASS: {} },
});

/** A host that notes what is run on it, and has a snapshot of everything that is looked for. */
function host() {
  const tasks: OffsiteTask[] = [];
  const made: string[] = [];
  const newHost = {
    context: { settings, target: { stack: "test", projectDirectory: "/none" } },
    volume: (role: string) => `shop-test-${role}`,
    makeVolume: (...args: string[]) => {
      made.push(args.join(" "));
      return Promise.resolve();
    },
    run: (task: OffsiteTask) => {
      tasks.push(task);
      const found = (task.env["VOLUMES"] ?? "").split(" ").map((volume) => ({
        volume,
        snapshot: { volume, id: `of-${volume}`, at: "", files: 1, bytes: 1, complete: true },
      }));
      return Promise.resolve(JSON.stringify(found));
    },
  };
  return { tasks, made, volumes: new OffsiteVolumes(newHost as unknown as NewHost) };
}

describe("volumes on a new host", () => {
  it("are looked for and restored as their owners, a queue with the memory that its data need", async () => {
    const { tasks, made, volumes } = host();
    const found = await volumes.look(2, "latest");
    expect(found.map(({ volume }) => volume)).toEqual(["uploads", "redis-jobs"]);
    for (const each of found) await volumes.restore(2, each);
    expect(made).toEqual(["app-uploads app 10001:10001", "redis-jobs-data redis 998:998"]);
    expect(
      tasks.map(({ user, memoryMiB, env, volumes: mounts, command }) => [
        user,
        memoryMiB,
        env["QUEUES"],
        mounts,
        command.slice(1).join(" "),
      ]),
    ).toEqual([
      ["10001:10001", 512, undefined, [], "look 2 latest"],
      ["998:998", 2048, "redis-jobs", [], "look 2 latest"],
      [
        "10001:10001",
        512,
        undefined,
        ["shop-test-app-uploads:/volume"],
        "restore 2 uploads of-uploads",
      ],
      [
        "998:998",
        2048,
        "redis-jobs",
        ["shop-test-redis-jobs-data:/volume"],
        "restore 2 redis-jobs of-redis-jobs",
      ],
    ]);
    const folders = tasks.map(
      ({ files }) => /shop-test\/(restic[^"]*)"/.exec(files[resticFile] ?? "")?.[1],
    );
    expect(folders).toEqual(["restic", "restic-998", "restic", "restic-998"]);
  });
});
