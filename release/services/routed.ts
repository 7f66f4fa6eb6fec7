import { inspect } from "../container.js";
import type { StepContext } from "../step-context.js";
import { servicesOf } from "./described.js";

/** The release's containers of services that the proxy leads to. */
export interface RoutedServices {
  /** Their names, by the service's. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  /** Path at which the proxy's check asks each of them; undefined where it only has to take connections. */
  readonly readyPath: (host: string) => string | undefined;
}

/** @throws StepFailure where one of them is gone */
export async function routedServices(context: StepContext): Promise<RoutedServices> {
  const routed = servicesOf(context).flatMap(({ name, containers, route }) =>
    route === undefined ? [] : [{ name, containers, path: route.path }],
  );
  const paths = new Map<string, string | undefined>();
  const hosts: Record<string, readonly string[]> = {};
  for (const { name, containers, path } of routed) {
    const found = await Promise.all(containers.map((each) => inspect(context, each)));
    const names = found.map(({ Name }) => Name);
    for (const each of names) paths.set(each, path);
    hosts[name] = names;
  }
  return { hosts, readyPath: (host) => paths.get(host) };
}
