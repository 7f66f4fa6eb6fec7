import { describe, expect, it } from "vitest";
import {
  checkLines,
  checkPathsIn,
  readCheckPaths,
  useCheckPaths,
  writeCheckPaths,
} from "#release/haproxy/checks";
import { ProxySession } from "#release/proxy-session";
import { FakeHaproxy } from "../../support/fake-haproxy.js";

const template = "backend app\n  # servers at port 3000\n";
const serving = () =>
  FakeHaproxy.serving(template, [
    { section: "app", server: "only-1", host: "a", port: 3000, used: true },
  ]);

describe("the paths of the checks", () => {
  it("are a line each, and come back as they were written", () => {
    const paths = new Map([
      ["only-1", "/ready?deep=1"],
      ["app-2", "/"],
    ]);
    expect(checkLines(paths)).toBe("only-1 /ready?deep=1\napp-2 /\n");
    expect(checkPathsIn(checkLines(paths))).toEqual(paths);
    expect(checkPathsIn("")).toEqual(new Map());
  });

  it("are added to those that are there", async () => {
    const proxy = serving();
    const session = new ProxySession(proxy.conversation());
    await writeCheckPaths(session, new Map([["only-2", "/health"]]));
    await writeCheckPaths(session, new Map([["only-1", "/live"]]));
    expect(await readCheckPaths(session)).toEqual(
      new Map([
        ["only-1", "/live"],
        ["only-2", "/health"],
      ]),
    );
  });

  it("are sent to the HAProxy that runs: those it knows changed, the others added", async () => {
    const proxy = serving();
    const session = new ProxySession(proxy.conversation());
    const paths = new Map([
      ["only-1", "/live"],
      ["only-2", "/ready"],
    ]);
    await useCheckPaths(session, paths);
    expect(proxy.commands).toEqual([
      "set map /config/checks.map only-1 /live",
      "add map /config/checks.map only-2 /ready",
    ]);
    expect(proxy.checkOf("a")).toBe("/live");
  });

  it("are nothing to a HAProxy whose configuration is of before", async () => {
    const asked: string[] = [];
    const session = new ProxySession({
      act: (_words, input = "") => {
        asked.push(input);
        return Promise.resolve({
          code: 0,
          text: "Unknown map identifier. Please use #<id> or <file>.\n",
        });
      },
      close: () => Promise.resolve(),
    });
    await useCheckPaths(session, new Map([["only-1", "/live"]]));
    expect(asked).toEqual(["show map /config/checks.map\n"]);
  });

  it("fail where HAProxy does not take one", async () => {
    const session = new ProxySession({
      act: (_words, input = "") =>
        Promise.resolve({
          code: 0,
          text: input.startsWith("show") ? "" : "Out of memory error.\n",
        }),
      close: () => Promise.resolve(),
    });
    await expect(useCheckPaths(session, new Map([["only-1", "/"]]))).rejects.toThrow(
      "proxy: HAProxy says: Out of memory error.",
    );
  });
});
