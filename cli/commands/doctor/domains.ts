import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { isWildcard } from "#lib/identifiers";
import { bindAddresses } from "#components/proxy/haproxy/ports";
import type { ProxySettings } from "#components/proxy/settings";

/** The DNS records of the proxy's domains, and the proxy's addresses. */
export interface DomainFacts {
  /** Addresses of the host that it is published on. */
  readonly bind: readonly string[];
  readonly domains: readonly DomainRecords[];
}

/** A domain's records; undefined: the DNS did not answer. */
export interface DomainRecords {
  readonly domain: string;
  readonly a: readonly string[] | undefined;
  readonly aaaa: readonly string[] | undefined;
}

/** Asks for the records of a kind. @throws with a `code` as Node's resolver has it */
export type Resolve = (domain: string, kind: "A" | "AAAA") => Promise<string[]>;

const timeoutMs = 2000;

/** Names that no DNS on the Internet has, and addresses. */
const local = /(^|\.)(localhost|local|internal|lan|home\.arpa|test|example|invalid)$|^[^.]+$/;

/** Looks up every domain that is a name on the Internet. */
export async function lookUpDomains(
  proxy: ProxySettings,
  resolve: Resolve = resolver(),
): Promise<DomainFacts> {
  const asked = proxy.domains.filter((each) => isIP(each) === 0 && !local.test(each));
  const domains = await Promise.all(
    asked.map(async (domain) => {
      // Any name below a wildcard will do.
      const name = isWildcard(domain) ? domain.replace("*", "keelson-doctor") : domain;
      const [a, aaaa] = await Promise.all([
        records(resolve, name, "A"),
        records(resolve, name, "AAAA"),
      ]);
      return { domain, a, aaaa };
    }),
  );
  return { bind: bindAddresses(proxy), domains };
}

function resolver(): Resolve {
  const dns = new Resolver({ timeout: timeoutMs, tries: 2 });
  return (domain, kind) => (kind === "A" ? dns.resolve4(domain) : dns.resolve6(domain));
}

async function records(resolve: Resolve, domain: string, kind: "A" | "AAAA") {
  try {
    return await resolve(domain, kind);
  } catch (error) {
    // It says that there are none; whatever else went wrong says nothing of the domain.
    return ["ENODATA", "ENOTFOUND"].includes((error as { code?: string }).code ?? "")
      ? []
      : undefined;
  }
}
