/** A host port that a section publishes, by the setting that names it. */
export interface PublishedPort {
  /** Path of the setting: `proxy.httpPort`. */
  readonly setting: string;
  /** Address of the host that it is bound to. */
  readonly address: string;
  readonly port: number;
}

/** A setting that names a secret, and the name; undefined where it is not set. */
export type NamedSecret = readonly [path: string, name: string | undefined];

/** Database connections that the containers of one workload may hold at once. */
export interface ConnectionPools {
  /** Section or entry whose `poolSize` it is: `app`, `services.mail`. */
  readonly path: string;
  /** Connections of one container. */
  readonly size: number;
  readonly instances: number;
  /** The old containers have ended before the new ones start. */
  readonly exclusive: boolean;
}

/**
 * Figures that a section of the settings adds to sums over all of them. They stand next to the section's schema, so that a new
 * section changes none of the places that sum up.
 *
 * @typeParam S the section's value
 * @typeParam W what it needs of the other sections
 */
export interface SectionFacts<S, W = unknown> {
  /** Ports that it publishes on the host. */
  readonly published?: (section: S, whole: W) => readonly PublishedPort[];
  /** Settings that name a secret. */
  readonly secretsNamed?: (section: S, whole: W) => readonly NamedSecret[];
  /** Pools of connections to the stack's own database server. */
  readonly connections?: (section: S, whole: W) => readonly ConnectionPools[];
}

/** A list of secrets' names, each with its path. @param path of the list: `app.secrets` */
export function secretList(
  path: string,
  names: readonly string[] = [],
): (readonly [path: string, name: string])[] {
  return names.map((name, index) => [`${path}[${String(index)}]`, name] as const);
}
