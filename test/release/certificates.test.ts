import { describe, expect, it } from "vitest";
import { certificates, certificatesRemove } from "#release/certificates";
import { FakeHaproxy } from "../support/fake-haproxy.js";
import { fakeContext } from "../support/step-context.js";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const running = JSON.stringify([
  {
    Id: "1",
    Name: "/proxy",
    Image: "i",
    RestartCount: 0,
    State: { Status: "running", Running: true, ExitCode: 0, StartedAt: "2026-01-01T00:00:00Z" },
    Config: {},
  },
]);

describe("the step of certificates", () => {
  it("gives the proxy each one by its name", async () => {
    const proxy = new FakeHaproxy();
    const lines = `files ${base64("PEM 1")}\nfiles-shop ${base64("PEM 2")}\n`;
    await certificates(fakeContext({ PROXY: "proxy" }, undefined, lines), proxy.converse);
    expect(proxy.acts).toEqual(["take files", "take files-shop"]);
    expect([proxy.files.get("tls/files.pem"), proxy.files.get("tls/files-shop.pem")]).toEqual([
      "PEM 1",
      "PEM 2",
    ]);
  });

  it("fails with what HAProxy says, and gives none after that", async () => {
    const proxy = new FakeHaproxy();
    proxy.broken.set("take", "the one of before stays in service: no key");
    const context = fakeContext({ PROXY: "proxy" }, undefined, "files eA==\nother eA==\n");
    await expect(certificates(context, proxy.converse)).rejects.toThrow(
      "proxy: take files: it ended with 1: the one of before stays in service: no key",
    );
    expect(proxy.acts).toEqual(["take files"]);
  });

  it("removes those that no configuration names, and asks no proxy that is gone", async () => {
    const proxy = new FakeHaproxy();
    for (const name of ["one", "two"]) proxy.files.set(`tls/${name}.pem`, "PEM");
    proxy.files.set("haproxy.cfg", "bind :8443 ssl crt /config/tls/two.pem\n");
    const environment = { PROXY: "proxy", NAMES: "one two" };
    const gone = { code: 1, stderr: "Error: No such container: proxy" };
    await certificatesRemove(
      fakeContext(environment, () => gone),
      proxy.converse,
    );
    expect(proxy.acts).toEqual([]);
    await certificatesRemove(
      fakeContext(environment, () => ({ stdout: running })),
      proxy.converse,
    );
    expect([...proxy.files.keys()].filter((name) => name.startsWith("tls/"))).toEqual([
      "tls/two.pem",
    ]);
  });
});
