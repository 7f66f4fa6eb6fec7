import { describe, expect, it } from "vitest";
import { lookUpDomains } from "#cli/commands/doctor/domains";
import { domainFindings } from "#cli/commands/doctor/domains-judge";
import { proxySettings } from "#components/proxy/settings";

/** What the doctor says of domains, with such records; a code instead of them is the resolver's. */
async function said(proxy: object, records: Record<string, readonly string[] | string>) {
  const facts = await lookUpDomains(proxySettings.parse(proxy), (domain, kind) => {
    const found = records[`${domain} ${kind}`] ?? "ENODATA";
    if (typeof found !== "string") return Promise.resolve([...found]);
    return Promise.reject(Object.assign(new Error(found), { code: found }));
  });
  return domainFindings(facts).map(({ level, text }) => `${level}: ${text}`);
}

const domains = ["shop.com"];
const both = { "shop.com A": ["203.0.113.7"], "shop.com AAAA": ["2001:db8::7"] };

describe("the records of the proxy's domains", () => {
  it.each<[string, object, Record<string, readonly string[] | string>, string[]]>([
    [
      "fit an address of each kind",
      { domains, bind: ["0.0.0.0", "::"] },
      both,
      ["ok: shop.com is 203.0.113.7, 2001:db8::7"],
    ],
    [
      "lead clients of IPv6 to nobody",
      { domains },
      both,
      [
        'warn: shop.com: its AAAA record is 2001:db8::7, and the proxy does not listen for IPv6: clients of it get no answer, an ACME server among them; remove the record, or add "::" to proxy.bind',
      ],
    ],
    [
      "lead clients of IPv4 to nobody",
      { domains, bind: "::" },
      both,
      [
        'warn: shop.com: its A record is 203.0.113.7, and the proxy does not listen for IPv4: clients of it get no answer, an ACME server among them; remove the record, or add "0.0.0.0" to proxy.bind',
      ],
    ],
    [
      "are another address than that of proxy.bind",
      { domains, bind: "203.0.113.8" },
      { "shop.com A": ["203.0.113.7"] },
      [
        "warn: shop.com: its A record is 203.0.113.7, and the proxy listens at 203.0.113.8; correct the record, unless another proxy is in front",
      ],
    ],
    [
      "are missing",
      { domains },
      { "shop.com A": "ENOTFOUND", "shop.com AAAA": "ENOTFOUND" },
      [
        "warn: shop.com: it has no address: add an A record, and an AAAA record where the host has IPv6",
      ],
    ],
    [
      "are not known where no name server answers",
      { domains },
      { "shop.com A": "ETIMEOUT" },
      ["unknown: shop.com: no name server answers"],
    ],
    [
      "of a wildcard are those of any name below",
      { domains: ["shop.com", "*.shop.com"] },
      { "shop.com A": ["203.0.113.7"], "keelson-doctor.shop.com A": ["203.0.113.7"] },
      ["ok: shop.com is 203.0.113.7", "ok: *.shop.com is 203.0.113.7"],
    ],
    [
      "are not asked for of what is no name on the Internet",
      { domains: ["localhost", "10.0.0.1", "a.test"] },
      {},
      [],
    ],
  ])("%s", async (_what, proxy, records, expected) => {
    expect(await said(proxy, records)).toEqual(expected);
  });
});
