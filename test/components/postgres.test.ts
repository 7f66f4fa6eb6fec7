import { describe, expect, it } from "vitest";
import { serverSettings, sharedMemoryMiB } from "#components/postgres/tuning";
import { serverWorkload } from "#components/postgres";
import { postgresSettings } from "#components/postgres/settings";

describe("serverSettings", () => {
  it.each([
    [256, 20, { shared_buffers: "64MB", effective_cache_size: "179MB", work_mem: "4MB" }],
    [512, 100, { shared_buffers: "128MB", maintenance_work_mem: "25MB", work_mem: "4MB" }],
    [2048, 100, { shared_buffers: "512MB", maintenance_work_mem: "102MB", work_mem: "4MB" }],
    [65_536, 100, { shared_buffers: "16384MB", maintenance_work_mem: "1024MB", work_mem: "16MB" }],
  ])("fits %i MiB and %i connections", (memory, connections, expected) => {
    expect(serverSettings(memory, connections)).toMatchObject({
      ...expected,
      max_connections: String(connections),
    });
  });

  it("is made for production: archiving can be switched on, scram, no data in the log", () => {
    expect(serverSettings(512, 100)).toMatchObject({
      archive_mode: "on",
      wal_level: "replica",
      password_encryption: "scram-sha-256",
      log_parameter_max_length: "0",
      log_parameter_max_length_on_error: "0",
      reserved_connections: "5",
      superuser_reserved_connections: "3",
      shared_preload_libraries: "pg_stat_statements",
    });
    expect(serverSettings(512, 100)).not.toHaveProperty("fsync");
  });

  it("of PostgreSQL 15 is without what that does not know", () => {
    expect(serverSettings(512, 100, 15)).not.toHaveProperty("reserved_connections");
  });
});

describe("sharedMemoryMiB", () => {
  it.each([
    [256, 256],
    [4096, 256],
    [8192, 512],
  ])("of %i MiB is %i", (memory, shared) => {
    expect(sharedMemoryMiB(memory)).toBe(shared);
  });
});

describe("serverWorkload", () => {
  const workload = serverWorkload(
    postgresSettings.parse({ adminPort: 5555, parameters: { work_mem: "8MB", jit: "on" } }),
  );

  it("lets the settings' parameters win, each named once", () => {
    const named = workload.command.filter((word) => word.includes("="));
    expect(named).toContain("work_mem=8MB");
    expect(named).toContain("jit=on");
    expect(new Set(named.map((word) => word.split("=")[0])).size).toBe(named.length);
    expect(workload.command.slice(0, 2)).toEqual(["postgres", "-c"]);
  });

  it("decodes its log for others where that is asked for, and gives up one that went away", () => {
    const named = (settings: object) =>
      serverWorkload(postgresSettings.parse(settings)).command.filter((word) =>
        /^(wal_level|max_slot_wal_keep_size)=/.test(word),
      );
    expect(named({})).toEqual(["wal_level=replica"]);
    expect(named({ logicalReplication: true })).toEqual([
      "wal_level=logical",
      "max_slot_wal_keep_size=4GB",
    ]);
  });

  it("is reached on loopback alone, stops fast, and reads its password from a file", () => {
    expect(workload.ports).toEqual([{ internal: 5432, external: 5555, ip: "127.0.0.1" }]);
    expect(workload).toMatchObject({ stopSignal: "SIGINT", stopTimeout: "120s" });
    expect(workload.env).toMatchObject({
      POSTGRES_PASSWORD_FILE: "/run/secrets/POSTGRES_PASSWORD",
      PGDATA: "/var/lib/postgresql/data/pgdata",
    });
  });
});
