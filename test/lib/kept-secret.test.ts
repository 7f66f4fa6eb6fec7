import { describe, expect, it } from "vitest";
import { keepSecret, openKept } from "#lib/kept-secret";

const key = Buffer.alloc(32, 7).toString("base64");
const other = Buffer.alloc(32, 8).toString("base64");

describe("a secret in a release's record", () => {
  it.each(["canary", "two\nlines\n", "", "ü\u{1F511}", "x".repeat(100_000)])(
    "is given back as it was",
    (text) => {
      const kept = keepSecret("env.KEY", text, key);
      expect(openKept(kept, key)).toBe(text);
      expect(kept).toMatch(/^k1:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$/);
    },
  );

  it("is the same as long as name, text and key are", () => {
    const kept = keepSecret("env.KEY", "canary", key);
    expect(keepSecret("env.KEY", "canary", key)).toBe(kept);
    for (const [name, text, under] of [
      ["env.OTHER", "canary", key],
      ["env.KEY", "canarz", key],
      ["env.KEY", "canary", other],
    ] as const) {
      const [, nonce, body] = keepSecret(name, text, under).split(":");
      expect(kept).not.toContain(nonce);
      expect(kept).not.toContain(body);
    }
  });

  it.each([
    ["under another key", keepSecret("env.KEY", "canary", other)],
    ["after a byte of it changed", keepSecret("env.KEY", "canary", key).replace(/.{4}$/, "AAAA")],
    ["truncated", keepSecret("env.KEY", "canary", key).slice(0, 30)],
    ["of a form to come", keepSecret("env.KEY", "canary", key).replace("k1", "k2")],
    ["that is none", "canary"],
  ])("is refused %s, and not shown", (_what, kept) => {
    expect(() => openKept(kept, key)).toThrow(
      new Error(
        "a sealed value of the release's record can't be opened: it is of another stack, or was altered",
      ),
    );
  });
});
