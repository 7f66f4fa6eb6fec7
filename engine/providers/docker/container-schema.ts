import type { Schema } from "../bridge.js";

const healthcheckDefaults = {
  interval: "0s",
  retries: 0,
  startInterval: "0s",
  startPeriod: "0s",
  timeout: "0s",
};

/**
 * The container's inputs, each as the real provider treats it. `healthcheck`, `init` and `tmpfs`
 * are its trap: a change is reported as an update and does nothing, unless `replaceOnChanges` names
 * them.
 */
export const containerSchema: Schema = {
  attach: { change: "update" },
  capabilities: { change: "replace", set: true },
  command: { change: "replace", computed: true },
  containerReadRefreshTimeoutMilliseconds: { change: "update", default: 15000 },
  cpuSet: { change: "update" },
  cpuShares: { change: "update" },
  cpus: { change: "replace" },
  destroyGraceSeconds: { change: "update" },
  dns: { change: "replace", set: true },
  dnsOpts: { change: "replace", set: true },
  dnsSearches: { change: "replace", set: true },
  domainname: { change: "replace" },
  entrypoints: { change: "replace", computed: true },
  envs: { change: "replace", set: true, computed: true },
  groupAdds: { change: "replace", set: true },
  healthcheck: { change: "update", computed: true, inner: healthcheckDefaults },
  hostname: { change: "replace", computed: true },
  hosts: { change: "replace", set: true },
  image: { change: "replace" },
  init: { change: "update", computed: true },
  ipcMode: { change: "replace", computed: true },
  labels: { change: "replace", set: true, computed: true },
  logDriver: { change: "replace", computed: true },
  logOpts: { change: "replace" },
  logs: { change: "update" },
  maxRetryCount: { change: "update" },
  memory: { change: "update" },
  memoryReservation: { change: "update" },
  memorySwap: { change: "update" },
  mustRun: { change: "update", default: true },
  name: { change: "replace" },
  networkMode: { change: "replace", default: "bridge" },
  networksAdvanced: { change: "replace", set: true },
  pidMode: { change: "replace" },
  ports: { change: "replace", inner: { protocol: "tcp" } },
  privileged: { change: "replace" },
  publishAllPorts: { change: "replace" },
  readOnly: { change: "replace" },
  removeVolumes: { change: "update", default: true },
  restart: { change: "update", default: "no" },
  runtime: { change: "replace", computed: true },
  securityOpts: { change: "replace", set: true, computed: true },
  shmSize: { change: "replace", computed: true },
  start: { change: "update", default: true },
  stdinOpen: { change: "replace" },
  stopSignal: { change: "replace", computed: true },
  stopTimeout: { change: "replace", computed: true },
  sysctls: { change: "replace" },
  tmpfs: { change: "update" },
  tty: { change: "replace" },
  ulimits: { change: "replace", set: true },
  user: { change: "replace" },
  volumes: { change: "replace", set: true },
  wait: { change: "update" },
  waitTimeout: { change: "update", default: 60 },
  workingDir: { change: "replace" },
};

/** Inputs whose change the real provider really applies to a container in place. */
export const appliedInPlace = [
  "restart",
  "maxRetryCount",
  "cpuShares",
  "memory",
  "memoryReservation",
  "cpuSet",
  "memorySwap",
];
