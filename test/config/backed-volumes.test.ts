import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { queueMemory, stackVolumes, suffixOf, volumeGroups } from "#config/backed-volumes";
import type { Mapping } from "#lib/merge";
import { SettingsError } from "#lib/settings";

const volume = (name: string, backup = true) => ({ name, path: `/${name}`, backup });
const settings = (more: Mapping, app: Mapping = {}) =>
  settingsFrom({ environment: "local", app: { name: "shop", image: "shop:1.0", ...app }, ...more });
const worker = { command: ["work"] };

function problems(more: Mapping, app: Mapping = {}): readonly string[] {
  try {
    settings(more, app);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("volumeGroups", () => {
  it("has the volumes that are backed up by their owners", () => {
    const of = settings(
      {
        services: {
          worker: { ...worker, volumes: [volume("work")] },
          other: { ...worker, user: "5:6", volumes: [volume("own"), volume("scratch", false)] },
        },
        redis: {
          jobs: { for: "queue" },
          mails: { for: "queue", memory: "1GiB", variable: "MAILS" },
          unsaved: { for: "queue", backup: false, variable: "UNSAVED" },
          pages: { for: "cache", variable: "PAGES" },
        },
      },
      { volumes: [volume("uploads"), volume("cache", false)] },
    );
    const groups = volumeGroups(of);
    expect(
      groups.map((group) => [
        group.key,
        suffixOf(group),
        group.owner,
        group.volumes.map(({ name }) => name),
        queueMemory(group, of),
      ]),
    ).toEqual([
      ["app", "", "10001:10001", ["uploads", "worker-work"], undefined],
      ["5-6", "-5-6", "5:6", ["other-own"], undefined],
      ["998", "-998", "998:998", ["redis-jobs", "redis-mails"], "1GiB"],
    ]);
    expect(stackVolumes(of).map(({ role }) => role)).toContain("redis-jobs-data");
  });

  it("has one group where the app runs as the servers do", () => {
    const given = { redis: { jobs: { for: "queue" } } };
    const groups = volumeGroups(settings(given, { user: "998:998", volumes: [volume("up")] }));
    expect(groups.map(({ key, volumes }) => [key, volumes.length])).toEqual([["app", 2]]);
  });

  it("has no queue where there are no backups", () => {
    const given = { redis: { jobs: { for: "queue" } }, backup: { enabled: false } };
    expect(volumeGroups(settings(given))).toEqual([]);
  });
});

describe("volumes with one name", () => {
  it.each([
    [
      "in backups",
      { redis: { jobs: { for: "queue" } } },
      { volumes: [volume("redis-jobs")] },
      "redis.jobs: name in backups redis-jobs is already taken by app.volumes[0].name; choose another name in backups",
    ],
    [
      "on the host",
      {
        services: {
          one: { ...worker, volumes: [volume("two-data", false)] },
          "one-two": { ...worker, volumes: [volume("data", false)] },
        },
      },
      {},
      "services.one-two.volumes[0].name: volume one-two-data is already taken by services.one.volumes[0].name; choose another volume",
    ],
    [
      "of the app",
      {},
      { volumes: [volume("data"), { ...volume("data"), path: "/b" }] },
      "app.volumes[1].name: volume data is already taken by app.volumes[0].name; choose another volume",
    ],
  ])("%s are refused", (_where, more, app, expected) => {
    expect(problems(more, app)).toEqual([expected]);
  });

  it("is no problem where one of them is not backed up", () => {
    const given = { redis: { jobs: { for: "queue", backup: false } } };
    expect(problems(given, { volumes: [volume("redis-jobs")] })).toEqual([]);
  });
});
