import { isIP } from "node:net";
import type { DomainFacts, DomainRecords } from "./domains.js";
import type { Finding } from "./facts.js";

/** Compares each domain's records with the addresses that the proxy is published on. */
export function domainFindings({ bind, domains }: DomainFacts): Finding[] {
  return domains.map((records): Finding => {
    const name = "DNS";
    const { domain, a, aaaa } = records;
    if (a === undefined || aaaa === undefined) {
      return { level: "unknown", name, text: `${domain}: no name server answers` };
    }
    const wrong = [...missing(records), ...unheard(a, 4, bind), ...unheard(aaaa, 6, bind)];
    if (wrong.length > 0) return { level: "warn", name, text: `${domain}: ${wrong.join("; ")}` };
    return { level: "ok", name, text: `${domain} is ${[...a, ...aaaa].join(", ")}` };
  });
}

function missing({ a = [], aaaa = [] }: DomainRecords): string[] {
  if (a.length + aaaa.length > 0) return [];
  return ["it has no address: add an A record, and an AAAA record where the host has IPv6"];
}

/** Returns the problem of the records of one kind of address. */
function unheard(addresses: readonly string[], family: 4 | 6, bind: readonly string[]): string[] {
  if (addresses.length === 0) return [];
  const [kind, every] = family === 4 ? ["A", "0.0.0.0"] : ["AAAA", "::"];
  const listens = bind.filter((each) => isIP(each) === family);
  const list = addresses.join(", ");
  if (listens.length === 0) {
    return [
      `its ${kind} record is ${list}, and the proxy does not listen for IPv${String(family)}: clients of it get no answer, an ACME server among them; remove the record, or add "${every}" to proxy.bind`,
    ];
  }
  // Of all addresses some may be another machine's, in front of this one: that is not known here.
  if (listens.includes(every) || addresses.some((each) => listens.includes(each))) return [];
  return [
    `its ${kind} record is ${list}, and the proxy listens at ${listens.join(", ")}; correct the record, unless another proxy is in front`,
  ];
}
