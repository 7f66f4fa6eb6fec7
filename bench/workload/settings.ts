import { work as job } from "#test/support/jobs/account";
import { script } from "#test/support/services/work";
import { services } from "./candidates.js";

/** Ports of the stack on this machine. */
export const ports = { http: 19_370, tcp: 19_371, admin: 19_372 } as const;

/** As a small production stack has them; `drain` and `watch` are shorter than their 30 s, which only lengthen a release. */
export const settings = {
  app: {
    name: "e2e",
    port: 3000,
    health: {
      path: "/health",
      readyPath: "/ready",
      command: ["./healthcheck"],
      startPeriod: "2s",
      startTimeout: "30s",
    },
    migrate: { command: script("migrate"), backwardCompatible: true },
    poolSize: 5,
    stopTimeout: "30s",
    volumes: [{ name: "work", path: "/work", keep: false }],
  },
  services,
  jobs: { minute: { schedule: "* * * * *", command: job(20_000) } },
  redis: { queue: { for: "queue" } },
  backup: { enabled: false },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  release: {
    smoke: [{ path: "/ready" }, { path: "/version", json: { version: "$version" } }],
    drain: "10s",
    watch: { window: "10s" },
  },
};
