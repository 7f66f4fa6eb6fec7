import { describe, expect, it } from "vitest";
import { readMaintenance, turnMaintenance } from "#release/haproxy/maintenance";
import { ProxyGone, ProxySession } from "#release/proxy-session";
import { StepFailure } from "#release/step-failure";
import { FakeHaproxy } from "../../support/fake-haproxy.js";

const [state, allow] = ["maintenance/state.map", "maintenance/allow.acl"];
const configuration = `frontend http\n  http-request set-var(txn.m) str(on),map(/config/${state})\n`;

/** A proxy whose files of maintenance are so, and a session with it. */
function proxyWith(files: Readonly<Record<string, string>> = {}, text = configuration) {
  const proxy = new FakeHaproxy();
  for (const [file, content] of Object.entries(files)) proxy.files.set(file, content);
  proxy.load(text);
  return { proxy, session: new ProxySession(proxy.conversation()) };
}

describe("turnMaintenance", () => {
  it("is on in HAProxy and in its files, those who pass first, while nothing reloads it", async () => {
    const { proxy, session } = proxyWith();
    await turnMaintenance(session, { retryAfter: 600, allow: ["2001:db8::/32", "10.0.0.7"] });
    expect(proxy.files.get(allow)).toBe("2001:db8::/32\n10.0.0.7\n");
    expect(proxy.files.get(state)).toBe("on 600\n");
    expect(proxy.commands).toEqual([
      "prepare acl /config/maintenance/allow.acl",
      "add acl @1 /config/maintenance/allow.acl 2001:db8::/32",
      "add acl @1 /config/maintenance/allow.acl 10.0.0.7",
      "commit acl @1 /config/maintenance/allow.acl",
      "prepare map /config/maintenance/state.map",
      "add map @2 /config/maintenance/state.map on 600",
      "commit map @2 /config/maintenance/state.map",
    ]);
    expect(proxy.acts[0]).toBe("lock reload 60");
    expect(proxy.acts.at(-1)).toBe("unlock reload");
    expect(proxy.reloads).toBe(0);
    expect(await readMaintenance(session)).toEqual({
      on: true,
      retryAfter: 600,
      allow: ["2001:db8::/32", "10.0.0.7"],
      since: "2026-01-02T03:04:05Z",
    });
  });

  it("is off in both, and nobody is let pass any more", async () => {
    const { proxy, session } = proxyWith({ [state]: "on 60\n", [allow]: "10.0.0.7\n" });
    expect(await readMaintenance(session)).toMatchObject({ on: true, allow: ["10.0.0.7"] });
    await turnMaintenance(session, undefined);
    expect([proxy.files.get(state), proxy.files.get(allow)]).toEqual(["", ""]);
    expect(await readMaintenance(session)).toEqual({ on: false });
  });

  it("is found as it was by a HAProxy that starts again", async () => {
    const { proxy, session } = proxyWith();
    await turnMaintenance(session, { retryAfter: 60, allow: ["10.0.0.7"] });
    proxy.load(configuration);
    expect(await readMaintenance(session)).toMatchObject({ retryAfter: 60, allow: ["10.0.0.7"] });
  });

  it("changes nothing where HAProxy refuses one of the addresses", async () => {
    const { proxy, session } = proxyWith({ [allow]: "10.0.0.7\n" });
    const wrong = turnMaintenance(session, { retryAfter: 60, allow: ["10.0.0.8", "me"] });
    await expect(wrong).rejects.toThrow(
      new StepFailure("proxy: HAProxy says: 'me' is not a valid IPv4 or IPv6 address."),
    );
    expect(proxy.files.get(allow)).toBe("10.0.0.7\n");
    await turnMaintenance(session, { retryAfter: 60, allow: ["10.0.0.9"] });
    expect(await readMaintenance(session)).toMatchObject({ allow: ["10.0.0.9"] });
  });

  it("waits for a reload, and does nothing where that has no end", async () => {
    const { proxy, session } = proxyWith();
    proxy.locked.add("reload");
    await expect(turnMaintenance(session, { retryAfter: 60, allow: [] })).rejects.toThrow(
      'proxy: another one has had its lock "reload" for 60 s',
    );
    expect([proxy.commands, proxy.files.get(state)]).toEqual([[], undefined]);
  });

  it("is refused by a configuration that has no maintenance", async () => {
    const { proxy, session } = proxyWith({}, "frontend http\n");
    const message =
      "the configuration that the proxy runs on has no maintenance yet; run keelson up first";
    await expect(turnMaintenance(session, undefined)).rejects.toThrow(message);
    await expect(readMaintenance(session)).rejects.toThrow(message);
    expect(proxy.commands).toEqual([]);
  });

  it("is as it was or as it is to be where the proxy ended at any of its acts", async () => {
    const killedAt = async (at: number) => {
      const { proxy, session } = proxyWith({ [allow]: "10.0.0.9\n" });
      proxy.before = () => {
        if (proxy.acts.length === at) throw new ProxyGone("killed");
      };
      const turned = turnMaintenance(session, { retryAfter: 60, allow: ["10.0.0.7"] });
      const killed = await turned.then(
        () => false,
        () => true,
      );
      proxy.before = () => undefined;
      proxy.load(configuration);
      const found = await readMaintenance(session);
      await turnMaintenance(session, { retryAfter: 90, allow: [] });
      expect(await readMaintenance(session)).toMatchObject({ on: true, retryAfter: 90, allow: [] });
      return { killed, found };
    };
    const whole = await killedAt(Infinity);
    expect(whole.found).toMatchObject({ on: true, retryAfter: 60, allow: ["10.0.0.7"] });
    // lock, running, then prepare, add, commit and write of two files.
    for (let at = 0; at < 10; at++) {
      const { killed, found } = await killedAt(at);
      expect(killed).toBe(true);
      expect(found).toEqual({ on: false });
    }
  });
});
