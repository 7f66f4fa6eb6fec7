import { describe, expect, it } from "vitest";
import { startHint, type FailedStart } from "#release/start-hint";

const hint = (line: string, more: Partial<FailedStart> = {}) =>
  startHint({ log: ["starting", line, "bye"], ...more });

describe("startHint", () => {
  // As the tools of public reports say it.
  it.each([
    [
      'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',
      "It writes to /var/cache/nginx/client_temp, which is read-only: add the folder to app.tmpfs or app.volumes, or set app.readOnlyRoot to false",
    ],
    [
      "Error: EROFS: read-only file system, mkdir '/app/.next/cache'",
      "It writes to /app/.next/cache, which",
    ],
    [
      "OSError: [Errno 30] Read-only file system: '/srv/app/media/x'",
      "It writes to /srv/app/media/x, which",
    ],
    ["mkdir: cannot create directory '/data': Read-only file system", "It writes to /data, which"],
    ["bundler: failed, read-only file system", "It writes to a folder of its image, which"],
    [
      "Error: EACCES: permission denied, open '/app/log/production.log'",
      "It may not use /app/log/production.log as the user of app.user",
    ],
    ["su-exec: setgroups: Operation not permitted", "Its image expects to start as root"],
    ["chown: /var/lib/app: Operation not permitted", "Its image expects to start as root"],
    ["Error: this script must be run as root", "Its image expects to start as root"],
    [
      'ERROR: could not open extension: extension "vector" is not available',
      "It needs the extension vector of PostgreSQL: add it to database.extensions",
    ],
    [
      'PG::InsufficientPrivilege: ERROR:  permission denied to create extension "pg_trgm"',
      "It needs the extension pg_trgm of",
    ],
    ['type "public.citext" does not exist', "It needs the extension citext of"],
    ["function uuid_generate_v4() does not exist", 'It needs the extension "uuid-ossp" of'],
    ["function gen_random_bytes(integer) does not exist", "It needs the extension pgcrypto of"],
    [
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      "It had too little memory: raise app.memory",
    ],
    ["java.lang.OutOfMemoryError: Java heap space", "It had too little memory"],
    ["write /tmp/upload-1: no space left on device", "/tmp/upload-1 is full: raise app.tmp.size"],
    [
      "Listening on http://127.0.0.1:8000 (CTRL+C to quit)",
      "It listens on the loopback address alone",
    ],
    ["  - Local:        http://localhost:3000", "It listens on the loopback address alone"],
    [
      "  - Local:        http://0123456789ab:3000",
      "It may listen on its container's name, which it takes from HOSTNAME: set app.env.HOSTNAME to 0.0.0.0",
    ],
  ])("names the setting for %j", (line, sentence) => {
    expect(hint(line)?.slice(0, sentence.length)).toBe(sentence);
  });

  it("names memory by how its container ended", () => {
    expect(hint("x", { end: "137, killed for memory (app.memory)" })).toBe(
      "It was killed for memory: raise app.memory",
    );
    expect(hint("x", { end: "137" })).toBe(
      "Exit code 137 is that of a process that was killed, most often for memory: raise app.memory",
    );
  });

  it("believes what was measured more than the log", () => {
    expect(hint("EROFS '/app'", { isLoopback: true })).toContain("loopback");
  });

  it.each([
    ["nothing in particular", "Error: connect ECONNREFUSED 10.0.0.2:5432", undefined],
    ["where it listens, of one that has ended", "Listening on http://127.0.0.1:8000", "1"],
    ["a listener on every address", "Listening on http://0.0.0.0:8000", undefined],
    ["another server's address", "connecting to redis at localhost:6379", undefined],
  ])("says nothing of %s", (_what, line, end) => {
    expect(hint(line, { end })).toBeUndefined();
  });
});
