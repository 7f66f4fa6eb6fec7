import { describe, expect, it } from "vitest";
import { serverLines } from "../../components/proxy-servers.js";

/** Name, address and whether it is used, of each server. */
function servers(...apps: string[]): string[] {
  return serverLines(apps, 3000)
    .filter((line) => line.startsWith("  server "))
    .map((line) => {
      const [, name = "", address = ""] = line.trim().split(" ");
      return `${name} ${address} ${line.endsWith(" disabled") ? "waits" : "serves"}`;
    });
}

describe("serverLines", () => {
  it("leads to the one container there is, with places for sixteen in waiting", () => {
    const [only, ...rest] = servers("a");
    expect(only).toBe("app a:3000 serves");
    expect(rest).toEqual(
      Array.from({ length: 16 }, (_, index) => `app-${String(index + 1)} a:3000 waits`),
    );
  });

  it("leads to each of several", () => {
    const [only, ...rest] = servers("a", "b", "c");
    expect(only).toBe("app a:3000 waits");
    expect(rest.slice(0, 4)).toEqual([
      ...["app-1 a:3000 serves", "app-2 b:3000 serves", "app-3 c:3000 serves"],
      "app-4 a:3000 waits",
    ]);
  });

  it("is impatient with one of several alone", () => {
    const lines = serverLines(["a", "b"], 3000).filter((line) => line.startsWith("  server "));
    const strict = lines.map((line) => line.includes(" observe layer4 "));
    expect(strict).toEqual([false, ...Array.from({ length: 16 }, () => true)]);
    expect(lines.join("\n")).not.toContain("shutdown-sessions");
  });

  it("differs between numbers of containers in nothing that needs a reload", () => {
    const bare = (...apps: string[]) =>
      serverLines(apps, 3000).map((line) => line.replace(/ [abc]:| disabled$/g, ""));
    expect(bare("a", "b", "c")).toEqual(bare("b"));
  });
});
