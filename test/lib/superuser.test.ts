import { describe, expect, it } from "vitest";
import type { Docker } from "#lib/docker";
import type { CommandResult, RunOptions } from "#lib/run-process";
import { superuserPsql } from "#lib/superuser";

/** A server whose password is read so. */
function server(password: Partial<CommandResult>) {
  const asked: { readonly args: string; readonly options: RunOptions | undefined }[] = [];
  const docker: Docker = (args, options) => {
    asked.push({ args: args.join(" "), options });
    const answer = args.includes("cat") ? password : { stdout: "1\n" };
    return Promise.resolve({ code: 0, stdout: "", stderr: "", ...answer });
  };
  const environment = { DOCKER_HOST: "ssh://far" };
  return { docker: Object.assign(docker, { environment }), asked };
}
const at = { server: "s1", database: "shop_prod" };

describe("superuserPsql", () => {
  it("gives psql the password by its name, on the same engine", async () => {
    const { docker, asked } = server({ stdout: "it's a $ecret \n" });
    expect(await superuserPsql(docker, at, "SELECT 1", ["KEELSON_NEW_DATABASE"])).toEqual({
      code: 0,
      stdout: "1\n",
      stderr: "",
    });
    expect(asked.map(({ args }) => args)).toEqual([
      "exec s1 cat /run/secrets/POSTGRES_PASSWORD",
      "exec --interactive --env PGPASSWORD --env KEELSON_NEW_DATABASE s1 psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --host=127.0.0.1 --username=postgres --dbname=shop_prod",
    ]);
    expect(asked[1]?.options).toEqual({
      input: "SELECT 1",
      env: { DOCKER_HOST: "ssh://far", PGPASSWORD: "it's a $ecret " },
    });
  });

  it("asks nothing of a server whose password can't be read", async () => {
    const { docker, asked } = server({ code: 1, stderr: "container is paused" });
    expect(await superuserPsql(docker, at, "SELECT 1")).toMatchObject({
      code: 1,
      stderr: "container is paused",
    });
    expect(asked).toHaveLength(1);
  });
});
