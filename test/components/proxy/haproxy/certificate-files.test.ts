import { describe, expect, it } from "vitest";
import {
  certificateList,
  certificateOption,
  givenCertificates,
  orderedCertificates,
  prepareArgs,
} from "#components/proxy/haproxy/certificate-files";
import { proxySettings } from "#components/proxy/settings";
import { standsFor } from "#lib/identifiers";
import { proxyConfig, sectionLines } from "../../../support/proxy.js";

const acme = { email: "a@b.co", agreeTerms: true };
const parsed = (settings: object) => proxySettings.parse(settings);

describe("certificates by ACME", () => {
  it("are one a domain, but for those that are grouped or the user's own", () => {
    const settings = parsed({
      domains: ["shop.com", "www.shop.com", "api.shop.com", "*.shop.com"],
      tls: {
        mode: "acme",
        acme,
        certificates: [
          { domains: ["api.shop.com", "www.shop.com"] },
          { domains: ["*.shop.com"], certificateSecret: "WILD" },
        ],
      },
    });
    expect(orderedCertificates(settings)).toEqual([["shop.com"], ["api.shop.com", "www.shop.com"]]);
    expect(givenCertificates(settings)).toEqual([
      { name: "files-any-.shop.com", secret: "WILD", domains: ["*.shop.com"] },
    ]);
    const { name = "", entries } = certificateList(settings) ?? {};
    expect(entries).toEqual([
      "shop.com",
      "api.shop.com",
      "www.shop.com",
      "files-any-.shop.com:*.shop.com",
    ]);
    expect(prepareArgs(settings)).toEqual(["certificate", name, ...(entries ?? [])]);
    expect(certificateOption(settings)).toBe(` ssl crt-list /config/tls/${name}.list`);
    const issued = sectionLines(proxyConfig(settings), "frontend http", "acl certificate-issued");
    expect(issued).toEqual([
      "acl certificate-issued req.hdr(host),host_only,lower,map_str(/config/tls/issued.map,placeholder) -m str issued",
      'acl certificate-issued req.hdr(host),host_only -m reg -i "^[^.]+\\\\.shop\\\\.com\\$"',
    ]);
  });

  it("put what serves the first domain first: a client that names none gets it", () => {
    const certificates = [{ domains: ["shop.com", "*.shop.com"], certificateSecret: "OWN" }];
    const settings = parsed({
      domains: ["shop.com", "*.shop.com", "other.com"],
      tls: { mode: "acme", acme, certificates },
    });
    expect(certificateList(settings)?.entries).toEqual([
      "files-shop.com:shop.com,*.shop.com",
      "other.com",
    ]);
  });

  it("keep their list's name while nothing of it changes", () => {
    const name = (domains: string[]) =>
      certificateList(parsed({ domains, tls: { mode: "acme", acme } }))?.name;
    expect(name(["a.com", "b.com"])).toBe(name(["a.com", "b.com"]));
    expect(name(["a.com", "b.com"])).not.toBe(name(["b.com", "a.com"]));
  });
});

describe("certificates of the user's own", () => {
  it("are one file for all domains, and a list where some have their own", () => {
    const tls = { mode: "files", certificateSecret: "TLS" };
    const domains = ["shop.com", "other.com"];
    expect(certificateOption(parsed({ domains, tls }))).toBe(" ssl crt /config/tls/files.pem");
    expect(prepareArgs(parsed({ domains, tls }))).toEqual([]);
    const certificates = [{ domains: ["other.com"], certificateSecret: "OTHER" }];
    const settings = parsed({ domains, tls: { ...tls, certificates } });
    expect(givenCertificates(settings)).toEqual([
      { name: "files", secret: "TLS", domains: ["shop.com"] },
      { name: "files-other.com", secret: "OTHER", domains: ["other.com"] },
    ]);
    expect(certificateList(settings)?.entries).toEqual([
      "files:shop.com",
      "files-other.com:other.com",
    ]);
  });
});

describe("a wildcard", () => {
  it.each([
    ["*.shop.com", "a.shop.com", true],
    ["*.shop.com", "shop.com", false],
    ["*.shop.com", "a.b.shop.com", false],
    ["shop.com", "shop.com", true],
  ])("%s stands for %s: %s", (domain, host, stands) => {
    expect(standsFor(domain, host)).toBe(stands);
  });

  it("is answered, and no name of it is sent to the first domain", () => {
    const settings = {
      domains: ["shop.com", "www.shop.com", "*.shop.com"],
      redirects: { canonical: true },
    };
    expect(sectionLines(proxyConfig(settings), "frontend http", "acl known", "acl canon")).toEqual([
      "acl known-host req.hdr(host),host_only -i shop.com www.shop.com",
      'acl known-host req.hdr(host),host_only -m reg -i "^[^.]+\\\\.shop\\\\.com\\$"',
      "acl canonical-domain req.hdr(host),host_only -i shop.com",
      'acl canonical-domain req.hdr(host),host_only -m reg -i "^[^.]+\\\\.shop\\\\.com\\$"',
    ]);
  });
});
