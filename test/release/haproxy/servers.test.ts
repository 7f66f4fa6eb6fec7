import { describe, expect, it } from "vitest";
import {
  hostsIn,
  placesBetween,
  placesFor,
  placesIn,
  sectionsOf,
  serversMark,
  templateOf,
  usedHosts,
  withServers,
  type ServerSlot,
} from "#release/haproxy/servers";

const template = `global
backend app
${serversMark(3000)}

listen tcp-1982
  bind :1982
${serversMark(1999)}

backend acme
  server acme acme:8080
`;
const place = (server: string, host: string, more: Partial<ServerSlot> = {}): ServerSlot => ({
  section: "app",
  server,
  host,
  port: 3000,
  used: true,
  ...more,
});
const inTcp = { section: "tcp-1982", port: 1999 };
const all = Array.from({ length: 32 }, (_, index) => `app-${String(index + 1)}`);

/** Name, address and whether it is used, of each server of the app's section. */
function servers(places: readonly ServerSlot[]): string[] {
  const text = withServers(template, places);
  const lines = text.slice(0, text.indexOf("listen")).split("\n");
  return lines
    .filter((line) => line.startsWith("  server "))
    .map((line) => {
      const [, name = "", address = ""] = line.trim().split(" ");
      return `${name} ${address} ${line.endsWith(" disabled") ? "waits" : "serves"}`;
    });
}

describe("withServers", () => {
  it("leads to the one container there is, with places in waiting for another and for twice sixteen", () => {
    expect(servers([place("only-1", "a")])).toEqual([
      "only-1 a:3000 serves",
      "only-2 a:3000 waits",
      ...all.map((server) => `${server} a:3000 waits`),
    ]);
  });

  it("leads to each of several", () => {
    const found = servers([place("app-1", "a"), place("app-2", "b"), place("app-3", "c")]);
    expect(found.slice(0, 6)).toEqual([
      "only-1 a:3000 waits",
      "only-2 a:3000 waits",
      "app-1 a:3000 serves",
      "app-2 b:3000 serves",
      "app-3 c:3000 serves",
      "app-4 a:3000 waits",
    ]);
    expect(found).toHaveLength(34);
  });

  it("lets one wait that is not to serve yet", () => {
    const found = servers([place("only-1", "a"), place("only-2", "b", { used: false })]);
    expect(found.slice(0, 2)).toEqual(["only-1 a:3000 serves", "only-2 b:3000 waits"]);
  });

  it("is patient with a single container, and impatient with one of several alone", () => {
    const text = withServers(template, [place("only-1", "a")]);
    const lines = text.split("\n").filter((line) => line.startsWith("  server only-1 "));
    expect(lines[0]).toBe(
      "  server only-1 a:3000 resolvers docker resolve-prefer ipv4 resolve-opts allow-dup-ip init-addr last,libc,none check inter 1s downinter 250ms rise 1 fall 4",
    );
    const strict = [...text.matchAll(/^ {2}server (\S+) .* observe layer4 /gm)];
    expect(strict.map(([, name]) => name)).toEqual([...all, ...all]);
    expect(text).not.toContain("shutdown-sessions");
  });

  it("leaves what is no place of the app's alone, and puts each section's own port in", () => {
    const text = withServers(template, [place("only-1", "a"), place("only-1", "a", inTcp)]);
    expect(text).toContain("\n  server acme acme:8080\n");
    expect(text).toContain("  bind :1982\n  # servers at port 1999\n  server only-1 a:1999 ");
    expect(placesIn(text).filter(({ section }) => section === "tcp-1982")).toHaveLength(34);
  });

  it("names no host but those that serve, and this machine where none does", () => {
    expect(servers([])).toEqual(
      ["only-1", "only-2", ...all].map((n) => `${n} localhost:3000 waits`),
    );
  });
});

describe("templateOf", () => {
  it("is what was given, whatever the number of containers", () => {
    const one = withServers(template, [place("only-1", "b")]);
    const three = withServers(template, [
      place("app-1", "a"),
      place("app-2", "b"),
      place("app-3", "c"),
    ]);
    expect([templateOf(one), templateOf(three), templateOf(template)]).toEqual([
      template,
      template,
      template,
    ]);
  });
});

describe("templateOf, of a configuration of 0.1", () => {
  it("has marks where its servers were, a section each", () => {
    const old =
      "backend app\n  option httpchk GET /\n  server app a:3000 check\n  server app-1 a:3000 check disabled\n\nlisten tcp-1982\n  server app a:1999 check\n  server app-1 a:1999 check disabled\n";
    expect(templateOf(old)).toBe(
      "backend app\n  option httpchk GET /\n  # servers at port 3000\n\nlisten tcp-1982\n  # servers at port 1999\n",
    );
  });
});

describe("placesIn", () => {
  it("finds again what was put in", () => {
    const places = [place("app-1", "a"), place("app-7", "b"), place("app-7", "b", inTcp)];
    const used = placesIn(withServers(template, places)).filter((each) => each.used);
    expect(used).toEqual(places);
  });

  it("reads a configuration of 0.1, whose only container has a place called app", () => {
    const old = `backend app
  server app shop-1234567:3000 resolvers docker check inter 1s
  server app-1 shop-1234567:3000 resolvers docker check inter 1s disabled
backend acme
  server acme acme:8080 resolvers docker
`;
    expect(placesIn(old)).toEqual([
      place("only-1", "shop-1234567"),
      place("app-1", "shop-1234567", { used: false }),
    ]);
  });

  it("finds none in the configuration that a proxy begins with", () => {
    expect(placesIn("frontend http\n  http-request return status 503\n")).toEqual([]);
  });
});

describe("sectionsOf", () => {
  it("are those with marks, with the app's port there", () => {
    expect(sectionsOf(template)).toEqual([
      { section: "app", port: 3000, of: "app" },
      { ...inTcp, of: "app" },
    ]);
  });
});

describe("usedHosts", () => {
  it("names each container once, however many sections lead to it", () => {
    const places = [place("app-1", "a"), place("app-2", "b"), place("app-1", "a", inTcp)];
    expect(usedHosts(withServers(template, places))).toEqual(["a", "b"]);
    expect(usedHosts("")).toEqual([]);
  });
});

describe("placesFor", () => {
  const app = (hosts: readonly string[], now: readonly ServerSlot[]) =>
    placesFor({ app: hosts }, template, now)
      .filter(({ section }) => section === "app")
      .map(({ server, host }) => `${server} ${host}`);

  it("gives the first one the first place, in every section", () => {
    expect(placesFor({ app: ["a"] }, template, [])).toEqual([
      place("only-1", "a"),
      place("only-1", "a", inTcp),
    ]);
  });

  it("keeps the place of a container that serves, and gives a new one a free place", () => {
    expect(app(["a"], [place("only-2", "a")])).toEqual(["only-2 a"]);
    expect(app(["b"], [place("only-1", "a")])).toEqual(["only-2 b"]);
    expect(app(["b"], [place("only-2", "a")])).toEqual(["only-1 b"]);
    expect(app(["a", "c", "d"], [place("app-2", "a"), place("app-1", "b")])).toEqual([
      "app-2 a",
      "app-3 c",
      "app-4 d",
    ]);
  });

  it("takes no notice of places that only wait", () => {
    expect(app(["b"], [place("only-1", "a", { used: false })])).toEqual(["only-1 b"]);
  });

  it("gives a container a place of the other kind where their number becomes one or several", () => {
    expect(app(["a", "b"], [place("only-1", "a")])).toEqual(["app-1 a", "app-2 b"]);
    expect(app(["a"], [place("app-3", "a"), place("app-4", "b")])).toEqual(["only-1 a"]);
  });

  it("keeps no place at another port", () => {
    expect(app(["a"], [place("only-1", "a", { port: 2999 })])).toEqual(["only-2 a"]);
  });

  it("has room for sixteen new ones alongside sixteen old ones", () => {
    const hosts = (prefix: string) => Array.from({ length: 16 }, (_, i) => `${prefix}${String(i)}`);
    const old = placesFor({ app: hosts("a") }, template, []);
    const fresh = placesFor({ app: hosts("b") }, template, old);
    const names = [...old, ...fresh].map(({ section, server }) => `${section}/${server}`);
    expect(new Set(names).size).toBe(64);
  });

  it("says where there is no room", () => {
    const taken = [place("only-1", "a"), place("only-2", "b")];
    expect(() => placesFor({ app: ["c"] }, template, taken)).toThrow(
      "There is no free server in app.",
    );
  });
});

describe("placesBetween", () => {
  it("has what serves go on, and the new ones wait", () => {
    const [now, next] = [
      [place("only-1", "a")],
      [place("only-2", "b"), place("only-1", "b", inTcp)],
    ];
    expect(placesBetween(template, now, next)).toEqual([
      place("only-1", "a"),
      place("only-2", "b", { used: false }),
      place("only-1", "b", { ...inTcp, used: false }),
    ]);
  });

  it("leaves out what served in a section that is gone, and keeps who stays", () => {
    const now = [place("only-1", "a"), place("only-1", "a", { section: "tcp-1", port: 1 })];
    expect(placesBetween(template, now, [place("only-1", "a")])).toEqual([place("only-1", "a")]);
  });
});

describe("the section of a service", () => {
  const routed = `${template}
backend service-web
${serversMark(3001, "web")}
`;
  const hosts = { app: ["a"], web: ["w", "x"] };
  const placed = placesFor(hosts, routed, []);

  it("has servers of its own, by names that no other section has", () => {
    expect(sectionsOf(routed).at(-1)).toEqual({ section: "service-web", port: 3001, of: "web" });
    expect(placed.filter(({ section }) => section === "service-web")).toEqual([
      place("web.app-1", "w", { section: "service-web", port: 3001 }),
      place("web.app-2", "x", { section: "service-web", port: 3001 }),
    ]);
    expect(placed.filter(({ section }) => section !== "service-web")).toEqual([
      place("only-1", "a"),
      place("only-1", "a", inTcp),
    ]);
  });

  it("is read as it was written", () => {
    const text = withServers(routed, placed);
    expect(placesIn(text).filter(({ used }) => used)).toEqual(placed);
    expect(templateOf(text)).toBe(routed);
    expect(hostsIn(text)).toEqual(hosts);
    expect(usedHosts(text)).toEqual(["a", "w", "x"]);
  });

  it("leaves places of others alone when its containers change", () => {
    const next = placesFor({ app: ["a"], web: ["y"] }, routed, placed);
    expect(next.map(({ server, host }) => `${server} ${host}`)).toEqual([
      "only-1 a",
      "only-1 a",
      "web.only-1 y",
    ]);
    // One that goes, as its route is removed, is in none of what comes.
    expect(placesBetween(template, placed, placesFor({ app: ["a"] }, template, placed))).toEqual([
      place("only-1", "a"),
      place("only-1", "a", inTcp),
    ]);
  });
});
