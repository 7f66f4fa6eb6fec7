import { describe, expect, it } from "vitest";
import { proxyNotes } from "#components/proxy/notes";
import { proxySettings } from "#components/proxy/settings";

const notes = (settings: object) => proxyNotes(proxySettings.parse(settings));
const both = ["0.0.0.0", "::"];
const hidden =
  "Docker itself forwards IPv6 to the proxy's network, so that all clients of it have one address, its gateway's";

describe("proxyNotes", () => {
  it.each<[string, object, string[]]>([
    ["nothing of IPv4 alone", { rateLimits: [{ path: "/", requests: 9 }] }, []],
    ["nothing of IPv6 where nothing goes by address", { bind: both }, []],
    [
      "limits by address, where clients of IPv6 have one",
      { bind: both, rateLimits: [{ path: "/", requests: 9 }] },
      [`proxy.bind[1]: ${hidden}; proxy.rateLimits sees one client there`],
    ],
    [
      "everything that goes by address",
      {
        bind: "::",
        limits: { connectionsPerAddress: 9 },
        privatePaths: [{ path: "/metrics", allow: ["2001:db8::/32"] }],
        trustedProxies: ["2001:db8::1"],
      },
      [
        `proxy.bind: ${hidden}; proxy.limits.connectionsPerAddress, proxy.privatePaths, proxy.trustedProxies see one client there`,
      ],
    ],
  ])("say %s", (_what, settings, expected) => {
    expect(notes(settings)).toEqual(expected);
  });
});
