import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RedisServer } from "#components/redis/settings";
import { cleanUp, docker, tryDocker, untilHealthy } from "../../support/docker.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "../../support/images.js";
import {
  addressOf,
  askRedis,
  push,
  redisArgs,
  redisPassword as password,
  redisSecrets,
  settingsOf,
  startRedis,
} from "../../support/redis.js";

const prefix = "kimg-redis";
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp(prefix);
  tags = await buildImages("redis", "jobs");
  await volume(tags, `${prefix}-secrets`, 0);
  await writeSecrets(tags, `${prefix}-secrets`, 998, secretLines(redisSecrets));
  await docker(["network", "create", `${prefix}-data`]);
});
afterAll(() => cleanUp(prefix));

const server = (name: string) => ({ tags, prefix, name });
const start = (settings: RedisServer, name: string) => startRedis(server(name), settings);
const ask = askRedis;

describe("the Redis image", () => {
  it("lets who knows the password in, by name or without one, and nobody else", async () => {
    const name = await start(settingsOf({ for: "cache" }), `${prefix}-rights`);
    expect(await ask(name, "app", password, "SET", "a", "1")).toBe("OK");
    expect(await ask(name, "default", password, "GET", "a")).toBe("1");
    expect(await ask(name, "app", "wrong", "GET", "a")).toMatch(/WRONGPASS|NOAUTH/);
    const nobody = await tryDocker(["exec", name, "valkey-cli", "GET", "a"]);
    expect(nobody.stdout).toMatch(/NOAUTH/);
  });

  it("lets the app use and empty it, but not administer it; the healthcheck's user reads no data", async () => {
    const name = `${prefix}-rights`;
    for (const command of ["INFO server", "KEYS *", "CLIENT LIST", "CONFIG GET maxmemory-policy"]) {
      const answer = await ask(name, "app", password, ...command.split(" "));
      expect([command, answer]).toEqual([command, expect.not.stringMatching(/NOPERM/)]);
    }
    for (const command of ["CONFIG SET maxmemory 0", "SHUTDOWN", "ACL LIST", "DEBUG SLEEP 1"]) {
      const answer = await ask(name, "app", password, ...command.split(" "));
      expect([command, answer]).toEqual([command, expect.stringMatching(/^NOPERM|^ERR/)]);
    }
    expect(await ask(name, "monitor", "monitor-password", "GET", "a")).toMatch(/NOPERM/);
    expect(await ask(name, "monitor", "monitor-password", "INFO", "memory")).toMatch(/used_memory/);
  });

  it("for a cache makes room for what is new within its memory", async () => {
    const name = `${prefix}-rights`;
    // Room is made between commands, not within a script.
    const script = "for i=1,100 do redis.call('SET', KEYS[1]..i, string.rep('x', 50000)) end";
    for (let round = 0; round < 40; round++) {
      const answer = await ask(name, "app", password, "EVAL", script, "1", `k${String(round)}-`);
      expect(answer).toBe("");
    }
    const policy = await ask(name, "monitor", "monitor-password", "INFO", "stats");
    expect(Number(/evicted_keys:(\d+)/.exec(policy)?.[1])).toBeGreaterThan(0);
    expect(await docker(["inspect", "--format", "{{.State.OOMKilled}}", name])).toBe("false");
  });

  it("for a queue refuses what has no room, and loses nothing that is there", async () => {
    const name = await start(settingsOf({ for: "queue", memory: "32MiB" }), `${prefix}-full`);
    const script = "redis.call('RPUSH', 'q', string.rep('x', 100000))";
    let answer = "";
    let pushed = -1;
    while (!answer.includes("OOM") && pushed < 400) {
      answer = await ask(
        name,
        "app",
        password,
        "EVAL",
        `for i=1,20 do ${script} end return 'ok'`,
        "0",
      );
      pushed += 1;
    }
    expect(answer).toMatch(/OOM command not allowed/);
    expect(Number(await ask(name, "app", password, "LLEN", "q"))).toBeGreaterThanOrEqual(
      pushed * 20,
    );
  });

  it("for a queue takes a task of megabytes", async () => {
    const name = `${prefix}-full`;
    const settings = settingsOf({ for: "queue" });
    const large = await start(settings, `${prefix}-large`);
    const push = "head -c 12000000 /dev/zero | tr '\\0' x | valkey-cli --user app -x RPUSH q";
    const login = ["--env", `REDISCLI_AUTH=${password}`];
    expect(await docker(["exec", ...login, large, "bash", "-c", push])).toBe("1");
    const info = await ask(name, "monitor", "monitor-password", "INFO", "stats");
    expect(/evicted_clients:(\d+)/.exec(info)?.[1]).toBe("0");
  });

  it("for a queue keeps every acknowledged write when it is killed", async () => {
    const name = await start(settingsOf({ for: "queue" }), `${prefix}-killed`);
    const pushing = push(await addressOf(name));
    await pushing.begun;
    await docker(["kill", "--signal", "KILL", name]);
    const acknowledged = await pushing.acknowledged;
    await docker(["start", name]);
    await untilHealthy(name);
    const kept = Number(await ask(name, "app", password, "LLEN", "numbers"));
    expect(acknowledged).toBeGreaterThanOrEqual(500);
    expect(kept - acknowledged).toBeGreaterThanOrEqual(0);
    expect(kept - acknowledged).toBeLessThanOrEqual(1);
    expect(await ask(name, "app", password, "LINDEX", "numbers", "-1")).toBe(String(kept));
  });

  it("shows beforehand whether it starts: without data, network or a port", async () => {
    const trial = (more: Record<string, string> = {}) =>
      tryDocker([
        ...redisArgs(server(`${prefix}-trial`), settingsOf({ for: "cache" }), {
          more: ["--rm", "--network", "none", "--entrypoint", "/usr/local/bin/verify-start"],
          env: more,
        }),
      ]);
    expect(await trial()).toMatchObject({ code: 0 });
    const wrong = await trial({ MAXMEMORY: "much" });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/'maxmemory "much"'[^]*verify-start: Valkey does not start/);
  });
});
