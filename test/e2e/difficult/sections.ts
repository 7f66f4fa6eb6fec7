// The settings of a stack for a row of the cover, and those of the good old version that it follows.
import { deepMerge, type Mapping } from "#lib/merge";
import type { Difficult } from "./app.js";
import type { Row } from "./settings.js";

/** Tags of the images of the app. */
export interface Images {
  readonly plain: string;
  readonly shellLess: string;
}

/** The number of the database's version that the old version can use. */
export const oldHead = 1;

/** The version that is in service before each row. */
export const oldVersion = "old";

/** Settings of the old version; every key that a row changes is in them. */
export function oldSections({ plain }: Images): Mapping {
  return {
    app: {
      version: oldVersion,
      image: plain,
      ...environmentFor({ head: oldHead }),
      replicas: 1,
      secretsAs: "files",
      memory: "192MiB",
      tmpfs: [],
      migrate: { command: ["node", "migrate.mjs", String(oldHead)] },
      health: { command: ["/app/healthcheck"], startPeriod: "1s", startTimeout: "30s" },
      stopTimeout: "2s",
    },
    release: {
      smoke: [{ path: "/" }],
      watch: { window: "3s", minRequests: 10, maxErrorShare: 0.15 },
      drain: "2s",
    },
    proxy: { accessLog: false },
  };
}

/** Settings of a row: another version of the app, under the settings that the row says. */
export function sectionsOf(row: Row, number: number, images: Images): Mapping {
  const { behaviour, migration } = row;
  const head = migration === "none" ? oldHead : headOf(number);
  const ahead = behaviour.ahead === true ? headOf(number) : head;
  const app: Mapping = {
    version: versionOf(number),
    image: {
      "shell-less": images.shellLess,
      nowhere: "localhost:1/nowhere:1",
      plain: images.plain,
    }[behaviour.image ?? "plain"],
    ...environmentFor({ head: ahead, ...behaviour.app }),
    replicas: row.replicas,
    secretsAs: row.secretsAs,
    migrate: {
      command: ["node", "migrate.mjs", String(head), ...(migration === "bad" ? ["fail"] : [])],
    },
  };
  return {
    app: deepMerge(app, behaviour.settings ?? {}),
    release: {
      smoke: row.smoke ? [{ path: "/" }] : [],
      watch: { window: row.watch ? "3s" : null },
    },
    proxy: { accessLog: row.reloads },
  };
}

/** What the app of a row says that it is. */
export const versionOf = (number: number) => `row-${number}`;

/** The version of the database that a row's migration makes. */
const headOf = (number: number) => 1000 + number;

function environmentFor(difficult: Difficult): Mapping {
  return { env: { DIFFICULT: JSON.stringify(difficult) } };
}
