import { describe, expect, it } from "vitest";
import { loginEnd, loginsEnd } from "#release/login-end";
import { endLoginsSql, reassignSql } from "#release/logins";
import { fakeContext } from "../support/step-context.js";

const roles = { role: "shop-1_app", owner: "shop-1_owner" };

describe("endLoginsSql", () => {
  it("ends a second login and its sessions, and removes it where it owns nothing elsewhere", () => {
    const is = "FROM pg_roles WHERE rolname = 'shop-1_app_2'";
    const second = `${is} AND rolname <> 'shop-1_app'`;
    expect(endLoginsSql({ ...roles, login: "shop-1_app_2" }).split("\n")).toEqual([
      "SET lock_timeout = '10s';",
      `SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', rolname) ${is} \\gexec`,
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity JOIN pg_roles ON rolname = usename WHERE rolname = 'shop-1_app_2' \\g /dev/null",
      `SELECT format('REASSIGN OWNED BY %I TO "shop-1_owner"', rolname) ${second} \\gexec`,
      `SELECT format('DROP OWNED BY %I', rolname) ${second} \\gexec`,
      `SELECT format('DROP ROLE %I', rolname) ${second} AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = pg_roles.oid) \\gexec`,
      "",
    ]);
  });

  it("ends all but those that are kept, and never removes the role itself", () => {
    const sql = endLoginsSql({ ...roles, kept: ["shop-1_app_3", "shop-1_app_2"] });
    expect(sql).toContain(
      "FROM pg_roles WHERE (rolname = 'shop-1_app' OR rolname ~ '^shop-1_app_[0-9]+$') AND rolname <> 'shop-1_app_3' AND rolname <> 'shop-1_app_2' \\gexec",
    );
    const removing = sql.split("\n").filter((line) => /DROP|REASSIGN/.test(line));
    expect(removing).toHaveLength(3);
    expect(removing.filter((line) => !line.includes("AND rolname <> 'shop-1_app'"))).toEqual([]);
  });
});

describe("reassignSql", () => {
  it("gives the owner what second logins have made", () => {
    expect(reassignSql([roles])).toBe(
      "SET lock_timeout = '10s';\n" +
        `SELECT format('REASSIGN OWNED BY %I TO "shop-1_owner"', rolname) FROM pg_roles WHERE rolname ~ '^shop-1_app_[0-9]+$' \\gexec`,
    );
  });
});

const environment = {
  CONTAINER: "s1",
  DATABASE: "shop-1",
  ROLE: "shop-1_app",
  OWNER: "shop-1_owner",
  LOGIN: "shop-1_app_2",
};
const state = (running: boolean) =>
  JSON.stringify([
    {
      Id: "s1",
      Name: "/s1",
      Image: "sha256:1",
      RestartCount: 0,
      Config: {},
      State: {
        Status: running ? "running" : "exited",
        Running: running,
        ExitCode: 0,
        OOMKilled: false,
        StartedAt: "2026-11-30T20:00:00Z",
      },
    },
  ]);
const server = (running: boolean, psql = {}) =>
  fakeContext(environment, (command) => {
    if (command.startsWith("container inspect")) return { stdout: state(running) };
    return command.includes(" psql ") ? psql : undefined;
  });

describe("the end of a login", () => {
  it("is made in its database", async () => {
    const context = server(true);
    await loginEnd(context);
    expect(context.asked.at(-1)).toMatch(/ s1 psql .* --dbname=shop-1$/);
  });

  it("needs no server that is gone or stopped: a stack is destroyed", async () => {
    const stopped = server(false);
    await loginEnd(stopped);
    const gone = fakeContext(environment, () => ({ code: 1, stderr: "no such container: s1" }));
    await loginEnd(gone);
    expect([stopped.asked, gone.asked].map((each) => each.length)).toEqual([1, 1]);
  });

  it("that fails is a sentence", async () => {
    const failing = { code: 3, stderr: "ERROR:  canceling statement due to lock timeout\n" };
    await expect(loginEnd(server(true, failing))).rejects.toThrow(
      "The login shop-1_app_2 could not be ended; run keelson up to try it again: ERROR:  canceling statement due to lock timeout",
    );
    const all = fakeContext({ ...environment, KEPT: "shop-1_app_3" }, () => failing);
    await expect(loginsEnd(all)).rejects.toThrow(
      "The logins of shop-1_app could not be ended; run keelson up to try it again: ERROR:  canceling",
    );
  });
});
