/** As much of a resource of a state as says what it refers to. */
export interface Referring {
  readonly urn: string;
  readonly parent?: string;
  /** `<URN>::<id>` of its provider. */
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
}

/** URNs that a resource refers to: its parent, its provider, its dependencies. */
export function referencesOf(resource: Referring): Set<string> {
  const references = new Set(resource.dependencies);
  for (const urns of Object.values(resource.propertyDependencies ?? {}))
    for (const urn of urns) references.add(urn);
  if (resource.parent !== undefined) references.add(resource.parent);
  if (resource.provider !== undefined && resource.provider !== "")
    references.add(resource.provider.slice(0, resource.provider.lastIndexOf("::")));
  references.delete(resource.urn);
  return references;
}

/** Resources of a state in an order in which each comes after what it refers to, as Pulumi wants them. */
export function sortByReferences<T extends Referring>(resources: readonly T[]): T[] {
  const byUrn = new Map<string, T[]>();
  for (const resource of resources)
    byUrn.set(resource.urn, [...(byUrn.get(resource.urn) ?? []), resource]);
  const sorted = new Set<T>();
  const visiting = new Set<T>();
  const visit = (resource: T): void => {
    if (sorted.has(resource) || visiting.has(resource)) return;
    visiting.add(resource);
    for (const urn of referencesOf(resource)) byUrn.get(urn)?.forEach(visit);
    sorted.add(resource);
  };
  resources.forEach(visit);
  return [...sorted];
}

/** Resources without dependencies on what is not among them. */
export function withoutDangling<T extends Referring>(resources: readonly T[]): T[] {
  const known = new Set(resources.map((resource) => resource.urn));
  const keep = (urns: readonly string[]): string[] => urns.filter((urn) => known.has(urn));
  return resources.map((resource) => ({
    ...resource,
    dependencies: keep(resource.dependencies ?? []),
    propertyDependencies: Object.fromEntries(
      Object.entries(resource.propertyDependencies ?? {}).map(([key, urns]) => [key, keep(urns)]),
    ),
  }));
}
