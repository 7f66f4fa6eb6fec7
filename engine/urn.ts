const stackType = "pulumi:pulumi:Stack";

/** A resource's name in the state: unique within the stack, stable between runs. */
export function urnOf(
  stack: string,
  project: string,
  parent: string,
  type: string,
  name: string,
): string {
  const parentTypes = parent === "" ? "" : typesOf(parent);
  const chain = parentTypes === "" || parentTypes === stackType ? type : `${parentTypes}$${type}`;
  return `urn:pulumi:${stack}::${project}::${chain}::${name}`;
}

/** The type chain of a URN, `parent$child`. */
export function typesOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}

/** The resource's own type, without its parents'. */
export function typeOf(urn: string): string {
  return typesOf(urn).split("$").at(-1) ?? "";
}

/** The resource's logical name. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Returns the printed name of a resource: `docker:Container postgres`. */
export function titleOf(urn: string): string {
  const [provider = "", module = "", short = ""] = typeOf(urn).split(":");
  if (provider === "pulumi" && module === "providers") return `provider:${short} ${nameOf(urn)}`;
  const middle = /^(index(\/.*)?|)$/.test(module) || provider === "pulumi";
  return `${provider}:${middle ? short : `${module.split("/")[0] ?? ""}:${short}`} ${nameOf(urn)}`;
}

/** The package that implements a type: `docker` for `docker:index/network:Network`. */
export function packageOf(type: string): string {
  return type.split(":")[0] ?? "";
}

/** A provider reference, `urn::id`, as its two parts. */
export function parseProvider(reference: string): { urn: string; id: string } {
  const cut = reference.lastIndexOf("::");
  return { urn: reference.slice(0, cut), id: reference.slice(cut + 2) };
}
