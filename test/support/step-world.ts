// A stack as a step of a release finds it: an old container in service, a new one alongside it.
import { preferenceRules } from "#release/haproxy/preference";
import type { Conversation, Converse } from "#release/proxy-session";
import { FakeContainers } from "./fake-containers.js";
import { FakeHaproxy } from "./fake-haproxy.js";
import { fakeContext } from "./step-context.js";

/** HAProxy's configuration without its servers. */
export const template = [
  "global",
  "backend app",
  ...preferenceRules("app", "http-request"),
  "  # servers at port 3000",
  "",
].join("\n");

/** The old container's place. */
export const oldPlace = {
  section: "app",
  server: "only-1",
  host: "old",
  port: 3000,
  used: true,
};

/** Parameters that the program gives to the steps of a release. */
export const usual = {
  PROXY_FILTERS: "--filter label=dev.keelson.workload=proxy",
  KEELSON_ACTOR: "eve",
  SITE_HOST: "shop.com",
  SITE_SCHEME: "https",
  APP_PORT: "3000",
  READY_PATH: "/ready",
  CONTAINERS: "c1",
  PIDS: "9",
  TIMEOUT: "30",
};

/** A stack with the containers `old` (c0), in service, and `new` (c1), which starts. */
export function world(environment: Readonly<Record<string, string>> = {}, input = "") {
  const proxy = FakeHaproxy.serving(template, [oldPlace]);
  const containers = new FakeContainers();
  const old = containers.add({ id: "c0", name: "old", health: "healthy" });
  const fresh = containers.add({ id: "c1", name: "new" });
  const context = fakeContext({ ...usual, ...environment }, containers.docker, input);
  /** The arguments of those docker commands that begin so. */
  const asked = (...verbs: readonly string[]) =>
    context.asked.filter((command) => verbs.some((verb) => command.startsWith(`${verb} `)));
  return { proxy, containers, old, fresh, context, asked, record: () => newestRecord(proxy) };
}

/** Writes the record of a release that runs. */
export function begun(proxy: FakeHaproxy, more: object = {}): void {
  const content = { image: "shop:2", version: "2", gitSha: "abc", settings: {} };
  const record = {
    id: "v1",
    begin: "2026-11-29T20:00:00.000Z",
    switched: null,
    end: null,
    result: "running",
    reason: null,
    who: "eve",
    by: "1@host",
    backTo: null,
    migration: null,
    imageId: null,
    counters: null,
    counted: { requests: 0, failed: 0, errors: 0 },
    content,
    ...more,
  };
  proxy.files.set(`releases/${record.id}.json`, `${JSON.stringify(record)}\n`);
}

/** Conversations that end at the act after so many, one of them each time it is opened. */
export function endingAfter(
  proxy: FakeHaproxy,
  error: Error,
  ...acts: readonly number[]
): Converse {
  const left = [...acts];
  return (): Conversation => {
    const conversation = proxy.conversation();
    let more = left.shift();
    return {
      close: () => conversation.close(),
      act: (args, input) => {
        if (more === 0) return Promise.reject(error);
        if (more !== undefined) more -= 1;
        return conversation.act(args, input);
      },
    };
  };
}

function newestRecord(proxy: FakeHaproxy): Record<string, unknown> | undefined {
  const ids = [...proxy.files.keys()].flatMap(
    (name) => /^releases\/v(\d+)\.json$/.exec(name)?.[1] ?? [],
  );
  const newest = Math.max(0, ...ids.map(Number));
  const text = proxy.files.get(`releases/v${String(newest)}.json`);
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

/** A watch of half a minute, as the parameter of a switch. */
export const WATCH = JSON.stringify({
  window: "30s",
  seconds: 30,
  minRequests: 20,
  maxErrorShare: 0.05,
});

/** Parameters of a switch. */
export const switchParameters = {
  PROXY: "proxy",
  CONTAINERS: "new",
  TLS_PREPARE: "",
  DRAIN: "5",
  KEEP_IMAGES: "5",
  PUBLIC_URL: "https://shop.com",
  THROUGH: "proxy:8443",
  RELEASE: "v1 0",
};
