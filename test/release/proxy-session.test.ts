import { describe, expect, it } from "vitest";
import { LineProcess } from "#lib/line-process";
import { conversationWith, ProxyGone, ProxySession, type Answer } from "#release/proxy-session";

/** Speaks as the proxy's script does: says back what it has heard, and ends at `end`. */
const echo = `let heard = Buffer.alloc(0);
process.stdin.on("data", (chunk) => {
  heard = Buffer.concat([heard, chunk]);
  for (;;) {
    const at = heard.indexOf("\\n");
    if (at < 0) return;
    const [verb, bytes, ...args] = heard.subarray(0, at).toString().split(" ");
    if (heard.length < at + 1 + Number(bytes)) return;
    const input = heard.subarray(at + 1, at + 1 + Number(bytes)).toString();
    heard = heard.subarray(at + 1 + Number(bytes));
    if (verb === "end") { console.error("container is gone"); process.exit(137); }
    const text = [verb, ...args, input].join("|");
    process.stdout.write((verb === "fail" ? 1 : 0) + " " + Buffer.byteLength(text) + "\\n" + text);
  }
});`;
const speaking = () => conversationWith(new LineProcess(process.execPath, ["-e", echo]));

/** A session whose acts are answered so. */
function session(answer: (command: string, input: string) => Partial<Answer>) {
  const asked: string[] = [];
  const made = new ProxySession({
    act: (args, input = "") => {
      asked.push(`${args.join(" ")}<${input}`);
      return Promise.resolve({ code: 0, text: "", ...answer(args.join(" "), input) });
    },
    close: () => Promise.resolve(),
  });
  return { session: made, asked };
}

describe("a conversation", () => {
  it("has one answer to each act, with texts as they are", async () => {
    const conversation = speaking();
    expect(await conversation.act(["write", "a.cfg"], "ü\n\n 'x' \n")).toEqual({
      code: 0,
      text: "write|a.cfg|ü\n\n 'x' \n",
    });
    expect(await conversation.act(["fail"])).toEqual({ code: 1, text: "fail|" });
    const long = "x".repeat(300_000);
    expect((await conversation.act(["read", "b"], long)).text).toBe(`read|b|${long}`);
    await conversation.close();
  });

  it.each(["", "a b", "a\nread haproxy.cfg"])("has no word '%s'", async (word) => {
    const conversation = speaking();
    await expect(conversation.act(["read", word])).rejects.toThrow(
      `"${word}" can't be a word of an act.`,
    );
    await conversation.close();
  });

  it("ends with what its process said last", async () => {
    const conversation = speaking();
    await expect(conversation.act(["end"])).rejects.toThrow(new ProxyGone("container is gone"));
    await expect(conversation.act(["read", "a"])).rejects.toBeInstanceOf(ProxyGone);
  });
});

describe("ProxySession", () => {
  it("hands commands to HAProxy all at once", async () => {
    const { session: proxy, asked } = session(() => ({ text: "done\n" }));
    expect(await proxy.admin(["set server a/b state ready", "set server a/c state maint"])).toBe(
      "done\n",
    );
    expect(asked).toEqual(["admin<set server a/b state ready;set server a/c state maint\n"]);
  });

  it.each([
    ["Success=1\n--\nLoading success.\n", true],
    ["Success=0\n--\nconfig : parsing\n", false],
    ["", false],
  ])("knows by HAProxy's answer whether it took a configuration: %j", async (text, taken) => {
    expect(await session(() => ({ text })).session.reload()).toEqual({ taken, said: text });
  });

  it("has HAProxy's own message on what is wrong with a configuration", async () => {
    const wrong = session(() => ({ code: 1, text: "line 1: unknown keyword\n" }));
    expect(await wrong.session.problems("x")).toBe("line 1: unknown keyword");
    expect(await session(() => ({})).session.problems("x")).toBeUndefined();
  });

  it("reads records a line each, newest first", async () => {
    const { session: proxy, asked } = session(() => ({ text: '{"id":"v2"}\n{"id":"v1"}\n' }));
    expect(await proxy.records()).toEqual(['{"id":"v2"}', '{"id":"v1"}']);
    await proxy.records(1);
    expect(asked).toEqual(["records<", "records 1<"]);
  });

  it("finds the addresses of names, none where there are none", async () => {
    const { session: proxy } = session(() => ({ text: "a 10.0.0.1\na fd00::1\nb 10.0.0.2\n" }));
    expect(await proxy.addresses(["a", "c"])).toEqual(
      new Map([
        ["a", ["10.0.0.1", "fd00::1"]],
        ["c", []],
      ]),
    );
  });

  it("says which act failed, and why", async () => {
    const { session: proxy } = session(() => ({
      code: 2,
      text: "'../x' is no file of the proxy's volume\n",
    }));
    await expect(proxy.read("../x")).rejects.toThrow(
      "proxy: read ../x: it ended with 2: '../x' is no file of the proxy's volume",
    );
  });

  it("does not mind a HAProxy that does not answer where that may be", async () => {
    expect(
      await session(() => ({ code: 1, text: "refused" })).session.tryAdmin("show info"),
    ).toBeUndefined();
    expect(await session(() => ({ text: "\n" })).session.tryAdmin("show info")).toBeUndefined();
  });

  it("frees a lock when its work is done, and when that fails", async () => {
    const { session: proxy, asked } = session(() => ({}));
    expect(await proxy.locked("apply", 5, () => Promise.resolve("done"))).toBe("done");
    await expect(proxy.locked("apply", 5, () => Promise.reject(new Error("no")))).rejects.toThrow(
      "no",
    );
    expect(asked).toEqual(["lock apply 5<", "unlock apply<", "lock apply 5<", "unlock apply<"]);
  });

  it("keeps the reason where the conversation ends while a lock is held", async () => {
    const conversation = speaking();
    const proxy = new ProxySession(conversation);
    const work = () => conversation.act(["end"]);
    await expect(proxy.locked("apply", 5, work)).rejects.toThrow(
      new ProxyGone("container is gone"),
    );
  });
});
