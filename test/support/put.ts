// Puts containers into service in a proxy's container, as a release does.
import { dockerAt } from "#lib/docker";
import { putIntoService, type How } from "#release/haproxy/put-into-service";
import { hostsIn, templateOf, type Hosts } from "#release/haproxy/servers";
import { converse, ProxySession } from "#release/proxy-session";
import { processContext } from "#release/step-context";

/** What a proxy is to do; `readyPath` by default `/ready`, `seconds` 30. */
export interface Put {
  /** A configuration without its servers. */
  readonly template: string;
  readonly hosts: readonly string[];
  /** The containers of services, by the service's name. */
  readonly services?: Hosts;
  readonly readyPath?: string;
  readonly seconds?: number;
  /** What served before stays in service for what the others do not answer. */
  readonly keepsOthers?: boolean;
}

/** Speaks with a proxy's container, in one conversation. */
export async function inSession<T>(
  proxy: string,
  work: (session: ProxySession) => Promise<T>,
): Promise<T> {
  const conversation = converse(dockerAt(), proxy);
  try {
    return await work(new ProxySession(conversation));
  } finally {
    await conversation.close();
  }
}

/** Puts containers into service; how that was done. @throws StepFailure */
export function put(
  proxy: string,
  { template, hosts, services = {}, readyPath, seconds = 30, keepsOthers = false }: Put,
): Promise<How> {
  const wanted = {
    template,
    hosts: { ...services, app: hosts },
    readyPath: () => readyPath ?? "/ready",
    keepsOthers,
  };
  return inSession(proxy, (session) =>
    putIntoService(processContext(dockerAt()), session, wanted, seconds),
  );
}

/** The same for a configuration that has its servers. */
export function putConfiguration(proxy: string, configuration: string): Promise<How> {
  const { app: hosts = [], ...services } = hostsIn(configuration);
  return put(proxy, { template: templateOf(configuration), hosts, services });
}
