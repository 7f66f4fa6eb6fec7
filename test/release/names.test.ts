import { describe, expect, it } from "vitest";
import type { CommandResult } from "#lib/run-process";
import { leaveNames } from "#release/names";
import { fakeContext } from "../support/step-context.js";

const environment = { PROXY_FILTERS: "--filter label=dev.keelson.workload=proxy" };
const list = "ps --quiet --no-trunc --filter label=dev.keelson.workload=name";

/** A stack with two names, and what Docker says otherwise. */
function stack(more: Readonly<Record<string, Partial<CommandResult>>> = {}) {
  return fakeContext(environment, (command) => {
    const given = Object.keys(more).find((begin) => command.startsWith(begin));
    if (given !== undefined) return more[given];
    if (command === list) return { stdout: "n1\nn2\n" };
    if (command.startsWith("container inspect"))
      return { stdout: "10.0.0.2 10.1.0.2 \n10.0.0.3 \n" };
    return undefined;
  });
}

describe("leaveNames", () => {
  it("tells every name of the stack the addresses of what is stopped next", async () => {
    const context = stack();
    await leaveNames(context, ["a", "b"]);
    expect(context.asked.filter((command) => command.startsWith("exec "))).toEqual([
      "exec n1 /usr/local/bin/leave-name 10.0.0.2 10.1.0.2 10.0.0.3",
      "exec n2 /usr/local/bin/leave-name 10.0.0.2 10.1.0.2 10.0.0.3",
    ]);
    expect(context.said).toEqual([]);
  });

  it("asks Docker nothing where nothing is stopped, and no more where nothing has a name", async () => {
    const none = stack();
    await leaveNames(none, []);
    expect(none.asked).toEqual([]);
    const unnamed = stack({ [list]: { stdout: "" } });
    await leaveNames(unnamed, ["a"]);
    expect(unnamed.asked).toEqual([list]);
  });

  it.each([
    ["Docker does not answer", "ps ", "Cannot connect to the Docker daemon"],
    ["a name's image is an older one", "exec n1", "leave-name: no such file or directory"],
  ])("goes on, and says what that may cost, where %s", async (_what, command, stderr) => {
    const context = stack({ [command]: { code: 1, stderr } });
    await leaveNames(context, ["a"]);
    expect(context.said).toEqual([
      `what other processes of the stack ask of the containers that end now may be cut short: ${stderr}`,
    ]);
  });

  it("leaves the names alone where all of them are gone already", async () => {
    const context = stack({ "container inspect": { code: 1, stderr: "No such container: a" } });
    await leaveNames(context, ["a"]);
    expect(context.asked.some((command) => command.startsWith("exec "))).toBe(false);
  });
});
