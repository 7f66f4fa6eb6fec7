import { describe, expect, it } from "vitest";
import { execArgs } from "#cli/commands/exec";
import { psqlCall } from "#cli/commands/psql";
import { detachKeys } from "#cli/io/attach";

const request = {
  role: "readonly" as const,
  user: "shop_readonly",
  database: "shop",
  args: ["-c", "SELECT 1"],
  who: "kim",
  term: undefined,
};

describe("psqlCall", () => {
  it("runs the server's psql, with the password by its name alone", () => {
    expect(psqlCall("c1", request)).toEqual([
      "exec",
      "--interactive",
      detachKeys,
      "--env",
      "PGPASSWORD",
      "--env",
      "PSQL_HISTORY=/dev/null",
      "--env",
      "PAGER=",
      "--env",
      "PGAPPNAME=keelson psql: kim",
      "c1",
      "psql",
      "--host=127.0.0.1",
      "--username=shop_readonly",
      "--dbname=shop",
      "-c",
      "SELECT 1",
    ]);
    expect(psqlCall("c1", { ...request, term: "xterm" }).slice(2, 5)).toEqual([
      "--tty",
      "--env",
      "TERM=xterm",
    ]);
  });
});

describe("execArgs", () => {
  it("opens a shell where no command is named, on a terminal where there is one", () => {
    expect(execArgs("c1", [], true, "screen").join(" ")).toBe(
      `exec --interactive --tty --env TERM=screen ${detachKeys} c1 sh`,
    );
    expect(execArgs("c1", ["ls", "-l"], false).join(" ")).toBe(
      `exec --interactive ${detachKeys} c1 ls -l`,
    );
  });
});
