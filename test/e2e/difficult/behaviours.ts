// What may be difficult about an app, and what is right for a release of it over a good version.
import type { Mapping } from "#lib/merge";
import type { Difficult } from "./app.js";
import type { Settings } from "./settings.js";

/** What refuses a release or takes it back, in the order in which they come. */
export const gates = [
  "image",
  "migration",
  "ready",
  "smoke",
  "check",
  "through",
  "watch",
  "after",
] as const;
export type Gate = (typeof gates)[number];

/** What finds a behaviour out, if the settings have it look. */
export interface Caught {
  readonly by: Gate;
  /** What message and record say. */
  readonly says: RegExp;
  /** Only with such settings. */
  readonly when?: (settings: Settings) => boolean;
}

/** One thing that is difficult about an app. */
export interface Behaviour {
  readonly name: string;
  readonly app: Difficult;
  /** Default: the image of the app as it is. */
  readonly image?: "shell-less" | "nowhere";
  /** Laid on the settings of the app. */
  readonly settings?: Mapping;
  /** Its migration: default one that passes, or none. */
  readonly migration?: "bad";
  /** Wants the database as the row's migration would make it, also where there is none. */
  readonly ahead?: boolean;
  /** It is a good one where this is empty, or no settings have it found out: then it goes live. */
  readonly caught: readonly Caught[];
  /** Statuses that the proxy itself answers with while clients are on such a version; 0 for no answer. */
  readonly met?: readonly number[];
  /**
   * Its processes end: requests in flight that may not be repeated fail. Others are tried again, and answered.
   */
  readonly cuts?: boolean;
}

const page = { except: ["/health", "/ready", "/noise"] } as const;
const soon = { health: { startTimeout: "5s" } };
const ready = (says: RegExp): Caught[] => [{ by: "ready", says }];

/** A release of these goes live, whatever the settings. */
const good: readonly Omit<Behaviour, "caught">[] = [
  { name: "nothing is difficult", app: {} },
  { name: "listens after 3 s", app: { listenAfter: 3 } },
  { name: "warms up for 3 s, healthy at once", app: { warm: 3 } },
  { name: "ready with 204", app: { answers: [{ path: ["/ready"], status: 204 }] } },
  { name: "400 without its Host", app: { answers: [{ unlessHost: "localhost", status: 400 }] } },
  { name: "HEAD is answered with 405", app: { answers: [{ method: "HEAD", status: 405 }] } },
  { name: "OPTIONS is answered with 405", app: { answers: [{ method: "OPTIONS", status: 405 }] } },
  {
    name: "POST is answered with 405",
    app: { answers: [{ ...page, method: "POST", status: 405 }] },
  },
  { name: "503 for one header", app: { answers: [{ ...page, has: "x-odd", status: 503 }] } },
  { name: "listens on IPv4 only", app: { listen: { host: "0.0.0.0" } } },
  { name: "closes idle connections after 1 s", app: { keepAlive: 1 } },
  { name: "chunked answers", app: { form: "chunked" } },
  { name: "answers without a length", app: { form: "unsized" } },
  { name: "HTTP/1.0 answers", app: { form: "http-1.0" } },
  { name: "headers of 12 KiB", app: { headerKiB: 12 } },
  {
    name: "no shell, no curl",
    app: {},
    image: "shell-less",
    settings: { health: { command: ["node", "healthcheck.mjs"] } },
  },
  { name: "ignores SIGTERM", app: { ignoresTerm: true } },
  {
    name: "writes to a tmpfs in its own folder",
    app: { writes: "/difficult/data/file" },
    settings: { tmpfs: ["/difficult/data"] },
  },
  {
    name: "a child is killed for memory",
    app: { memory: "child" },
    settings: { memory: "160MiB" },
  },
  { name: "one GET kills it", app: { killer: true }, cuts: true },
];

/** These are never ready, so that nothing is switched. */
const unready: readonly Behaviour[] = [
  {
    name: "redirects plain HTTP",
    app: {
      answers: [{ unlessScheme: "https", status: 301, location: "https://localhost/" }],
    },
    settings: soon,
    caught: [
      {
        by: "ready",
        says: /ready: after \d+ s http:\S+\/ready \(Host: localhost, X-Forwarded-Proto: http\) answers 301 to https:\/\/localhost\/ \(301\), not 2xx/,
        when: ({ tls }) => tls === "off",
      },
    ],
  },
  ...[503, 401, 405, 400].map((status) => ({
    name: `ready with ${status}`,
    app: { answers: [{ path: ["/ready"], status }] },
    settings: soon,
    caught: ready(
      new RegExp(`ready: after \\d+ s http:\\S+/ready \\(.*\\) answers ${status} .*not 2xx`),
    ),
  })),
  {
    name: "ready with 301",
    app: { answers: [{ path: ["/ready"], status: 301, location: "/ready/" }] },
    settings: soon,
    caught: ready(
      /ready: after \d+ s http:\S+\/ready \(.*\) answers 301 to http\S+\/ready\/ .*not 2xx/,
    ),
  },
  {
    name: "listens on loopback only",
    app: { listen: { host: "127.0.0.1" } },
    settings: soon,
    caught: ready(/ready: after \d+ s http:\S+\/ready \(.*\) is not answered: /),
  },
  {
    name: "listens on IPv6 only",
    app: { listen: { host: "::", ipv6Only: true } },
    settings: soon,
    caught: ready(/health: the container (is|has ended) /),
  },
  {
    name: "ends with 0 when it starts",
    app: { listenAfter: 10, endAfterStart: { seconds: 0.2, code: 0 } },
    caught: ready(/health: the container has ended \d times while it starts, the last time with 0/),
  },
  {
    name: "killed for memory when it starts",
    app: { memory: "own" },
    settings: { memory: "96MiB" },
    caught: ready(/ended \d times while it starts, the last time with 137, killed for memory/),
  },
  {
    name: "writes to its own folder",
    app: { writes: "/difficult/file" },
    caught: ready(/health: the container has ended \d times while it starts, the last time with 1/),
  },
  {
    name: "no shell, and a health test that wants one",
    app: {},
    image: "shell-less",
    settings: { health: { command: ["/bin/sh", "-c", "exit 0"], startTimeout: "5s" } },
    caught: ready(/health: the container is running\/\w+ after 5 s, not healthy; .*\/bin\/sh/),
  },
  {
    name: "wants a database that no migration makes",
    app: {},
    ahead: true,
    settings: soon,
    caught: [
      {
        by: "ready",
        says: /ready: after \d+ s http:\S+\/ready \(.*\) answers 503 \(the database is at another version\)/,
        when: ({ migration }) => migration === "none",
      },
    ],
  },
];

const errors = /watch: within \d+ s \d+ of \d+ answers.* were errors \(5xx\); before the switch/;
const refusals = /watch: within \d+ s \d+ of \d+ answers.* were refused \(4xx\); before the switch/;

/** These are ready, and bad. */
const bad: readonly Behaviour[] = [
  {
    name: "the image is nowhere",
    app: {},
    image: "nowhere",
    caught: [{ by: "image", says: /image: localhost:1\/nowhere:1 is neither on the Docker host/ }],
  },
  {
    name: "the migration fails half-way",
    app: {},
    migration: "bad",
    caught: [{ by: "migration", says: /migration: it ended with 1/ }],
  },
  {
    name: "every page answers 503",
    app: { answers: [{ ...page, status: 503 }] },
    caught: [
      { by: "smoke", says: /smoke test of the new container: \/ answers 503 \(503\), not 200/ },
      { by: "watch", says: errors },
    ],
  },
  {
    name: "every page answers 401",
    app: { answers: [{ ...page, status: 401 }] },
    caught: [
      { by: "smoke", says: /smoke test of the new container: \/ answers 401 \(401\), not 200/ },
      { by: "watch", says: refusals },
    ],
  },
  {
    name: "503 for what comes through the proxy",
    app: { answers: [{ ...page, has: "x-forwarded-for", status: 503 }] },
    caught: [
      { by: "through", says: /smoke test through the proxy: \/ answers 503 \(503\), not 200/ },
      { by: "watch", says: errors },
    ],
  },
  {
    name: "half of a route's answers are 503",
    app: { answers: [{ path: ["/api/notes"], every: 2, status: 503 }] },
    caught: [{ by: "watch", says: errors }],
  },
  {
    name: "a route answers 400",
    app: { answers: [{ path: ["/api/notes"], status: 400 }] },
    caught: [{ by: "watch", says: refusals }],
  },
  {
    name: "headers of 40 KiB",
    app: { headerKiB: 40 },
    caught: [
      { by: "through", says: /smoke test through the proxy: \/ answers 502 / },
      { by: "watch", says: errors },
    ],
    met: [502],
  },
  ...[0, 1].map((code) => ({
    name: `ends with ${code} after its first client`,
    app: { endAfterClient: { seconds: 0.5, code } },
    // Also without a watch.
    caught: (["watch", "after"] as const).map((by) => ({
      by,
      // Docker may have started it again before it is looked at.
      says: new RegExp(`has ended after \\d+ s \\((exit code ${code}|it was started again)\\)`),
    })),
    cuts: true,
  })),
  {
    name: "ready to whoever says who asks",
    app: { answers: [{ path: ["/ready"], lacks: "user-agent", status: 400 }] },
    caught: [
      {
        by: "check",
        says: /switch: the proxy's check of \S+ at \/ready fails after 60 s: .*400/,
      },
    ],
  },
];

export const behaviours: readonly Behaviour[] = [
  ...good.map((each) => ({ ...each, caught: [] })),
  ...unready,
  ...bad,
];
