import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Merge } from "#cli/commands/logs/merge";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lines are called by their times. */
function merging(options: ConstructorParameters<typeof Merge>[1]) {
  const out: string[] = [];
  const merge = new Merge<string>((line) => out.push(line), options);
  const push = (source: string, ...times: string[]) => {
    for (const time of times) merge.push(source, time, `${source}${time}`);
  };
  return { merge, push, out };
}

describe("Merge", () => {
  it("puts lines of several sources in the order of time, whatever comes first", () => {
    const { merge, push, out } = merging({});
    merge.begin("a");
    merge.begin("b");
    push("a", "1", "4", "3");
    push("b", "2", "5");
    expect(out).toEqual([]);
    merge.end("a");
    expect(out).toEqual([]);
    merge.end("b");
    expect(out).toEqual(["a1", "b2", "a3", "a4", "b5"]);
  });

  it("gives out early what no later line can come before, and holds a source that has more than enough", () => {
    const { merge, push, out } = merging({ window: 2 });
    const held: boolean[] = [];
    merge.begin("a", (hold) => held.push(hold));
    merge.begin("b");
    push("a", "1", "2", "3", "4", "5", "6", "7");
    expect(held).toEqual([true]);
    push("b", "3", "3", "4");
    expect(out).toEqual(["a1", "a2", "a3", "b3"]);
    push("b", "8");
    merge.end("b");
    expect(held.at(-1)).toBe(false);
    merge.flush();
    expect(out).toEqual(["a1", "a2", "a3", "b3", "b3", "a4", "b4", "a5", "a6", "a7", "b8"]);
  });

  it("waits for a while only, where it follows", () => {
    const { merge, push, out } = merging({ settleMs: 300 });
    merge.begin("a");
    merge.begin("b");
    push("a", "2");
    vi.advanceTimersByTime(200);
    push("b", "1");
    expect(out).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(out).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(out).toEqual(["b1", "a2"]);
  });
});
