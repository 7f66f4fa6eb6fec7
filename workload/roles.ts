/** Traits of a container by its role, the value of its label `dev.keelson.workload`. */
export interface RoleTraits {
  /** It writes to databases or to the app's volumes by itself: it is stopped before these are exchanged. */
  readonly writes: boolean;
  /**
   * Place in the order of stopping: what clients meet is first, what the others need is last. Containers are started
   * in reverse.
   */
  readonly stopOrder: number;
  /** Its successor starts before it is stopped. */
  readonly alongside?: boolean;
  /** Containers are created without being started: a release starts each when it is its turn, and nobody else does. */
  readonly startedByRelease?: boolean;
  /** Effect of its restart on clients; undefined: it serves nobody. */
  readonly outage?: { readonly why: string; readonly affects: string };
}

const inTheMiddle = 50;
const ours = { writes: false, stopOrder: inTheMiddle };

/** Every role, in the order of lists: as a request meets them. */
const roles = {
  proxy: {
    writes: false,
    stopOrder: 0,
    outage: {
      why: "it holds the host's ports, so the present one stops before the new one starts",
      affects:
        "Nothing is answered meanwhile; the present one takes no new connection, and those that are open end with it.",
    },
  },
  app: {
    writes: true,
    stopOrder: 10,
    alongside: true,
    outage: {
      why: "the present one stops before the new one starts",
      affects: "Nothing is answered meanwhile.",
    },
  },
  // Workers finish their task while what they use is still there; a release starts each when it is its turn.
  service: { writes: true, stopOrder: 20, alongside: true, startedByRelease: true },
  // What processes call each other by: after those that call.
  name: { writes: false, stopOrder: 30, alongside: true },
  // Before what they ask; a release starts each when it is its turn.
  jobs: { writes: true, stopOrder: 5, alongside: true, startedByRelease: true },
  postgres: {
    writes: false,
    stopOrder: 100,
    outage: {
      why: "it holds its volume and port, so the present one stops before the new one starts",
      affects:
        "Requests that need the database fail meanwhile (all of them, where app.health.readyPath asks it), and its connections are closed.",
    },
  },
  redis: {
    writes: false,
    stopOrder: 90,
    outage: {
      why: "it holds its volume and name, so the present one stops before the new one starts",
      affects: "What asks it meanwhile gets an error; of a cache all is lost, of a queue nothing.",
    },
  },
  backup: ours,
  drill: ours,
  "drill-offsite": ours,
  volumes: ours,
  acme: ours,
  // First, so that what is stopped on purpose is no outage.
  monitoring: { writes: false, stopOrder: -10 },
  // Until the last moment it says what is.
  page: { writes: false, stopOrder: -5, alongside: true },
  // Last, so that what the others write at their end is kept; the shipper sends it.
  logs: { writes: false, stopOrder: 200 },
  "log-shipper": { writes: false, stopOrder: 210 },
  // Containers of a restore and of an upgrade of Postgres, gone when these end.
  restore: ours,
  upgrade: ours,
  // The way to an old server while its database is adopted.
  adopt: ours,
} as const satisfies Readonly<Record<string, RoleTraits>>;

/** All roles, in the order of lists. */
export const workloadRoles: readonly string[] = Object.keys(roles);

/** The traits of a role; one that is not in the table, as a later version may have made it, counts as writing. */
export function traitsOf(role: string): RoleTraits {
  const known: Readonly<Record<string, RoleTraits>> = roles;
  return Object.hasOwn(roles, role)
    ? (known[role] as RoleTraits)
    : { writes: true, stopOrder: inTheMiddle };
}

/** Those of some containers that write to data by themselves. */
export function writersOf<T extends { readonly workload: string }>(containers: readonly T[]): T[] {
  return containers.filter(({ workload }) => traitsOf(workload).writes);
}

/** Containers in the order in which they are stopped; those of one place stay as they were. */
export function inStopOrder<T extends { readonly workload: string }>(
  containers: readonly T[],
): T[] {
  return [...containers].sort((a, b) => stopOrder(a) - stopOrder(b));
}

/** Containers in the order in which they are started: what the others need is first. */
export function inStartOrder<T extends { readonly workload: string }>(
  containers: readonly T[],
): T[] {
  return [...containers].sort((a, b) => stopOrder(b) - stopOrder(a));
}

/** Containers in the order of lists. */
export function inListOrder<T extends { readonly workload: string }>(
  containers: readonly T[],
): T[] {
  const place = ({ workload }: T) =>
    workloadRoles.includes(workload) ? workloadRoles.indexOf(workload) : workloadRoles.length;
  return [...containers].sort((a, b) => place(a) - place(b));
}

function stopOrder({ workload }: { readonly workload: string }): number {
  return traitsOf(workload).stopOrder;
}
