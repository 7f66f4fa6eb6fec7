import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { certificateTexts, secretProblems } from "#config/secret-problems";
import { bundle, inDays, issue } from "../support/certificates.js";

const domains = ["www.shop.com", "shop.com"];
const app = { name: "shop", image: "shop:1.0" };
const stack = (secret: object, mode: object = { mode: "files", certificateSecret: "TLS" }) =>
  settingsFrom({
    environment: "prod",
    app,
    secrets: { TLS: secret },
    proxy: { domains, tls: mode },
  });
const pem = (order: Parameters<typeof issue>[0]) => {
  const { certificate, key } = issue({ domains, ...order });
  return bundle(certificate, key);
};
const good = pem({});
const expired = pem({ from: inDays(-9), to: inDays(-1) });
const noSource = () => undefined;

describe("secretProblems of the proxy's certificate", () => {
  it.each<[string, object, string | undefined, string[]]>([
    ["a good one", {}, good, []],
    ["one that is given under another name", { variable: "OTHER" }, good, []],
    [
      "one that is missing",
      {},
      undefined,
      ["secrets.TLS: is missing; set TLS in the environment of this command"],
    ],
    [
      "one that is optional, and missing",
      { optional: true },
      undefined,
      [
        "secrets.TLS: is missing, and it is to be a certificate of the proxy; give it a certificate, or choose another proxy.tls.mode",
      ],
    ],
    [
      "one that is generated",
      { generate: { length: 32 } },
      undefined,
      [
        "secrets.TLS: is missing, and it is to be a certificate of the proxy; give it a certificate, or choose another proxy.tls.mode",
      ],
    ],
    [
      "what its own pattern refuses, once",
      { pattern: "^-----" },
      "canary-key",
      ["secrets.TLS: does not match ^-----; set TLS in the environment of this command"],
    ],
    [
      "garbage",
      {},
      "canary-key",
      [
        "secrets.TLS: holds no certificate in PEM; write certificate, chain and key one after another: cat fullchain.pem privkey.pem",
      ],
    ],
    [
      "more than one thing",
      {},
      pem({ domains: ["shop.com"], rsaBits: 1024 }),
      [
        "secrets.TLS: has an RSA key of 1024 bits, with which HAProxy does not start; order a certificate for a key of 2048 bits or more",
        "secrets.TLS: holds a certificate for shop.com, and not for www.shop.com; order one for all of proxy.domains, or remove what it is not for there",
      ],
    ],
  ])("judges %s", (_what, secret, text, problems) => {
    expect(secretProblems(stack(secret), { TLS: text, OTHER: text })).toEqual(problems);
  });

  it("judges a sealed one once it is opened", () => {
    const settings = stack({ value: { secure: "secrets.TLS.value" } });
    const opened = (text: string) => secretProblems(settings, {}, undefined, () => text);
    expect(secretProblems(settings, {})).toEqual([]);
    expect(opened(good)).toEqual([]);
    expect(opened("canary")).toHaveLength(1);
  });

  it("judges no date where none is deployed", () => {
    const settings = stack({});
    expect(secretProblems(settings, { TLS: expired })[0]).toMatch(
      /^secrets\.TLS: holds a certificate that expired at \S+Z; give a renewed one$/,
    );
    expect(secretProblems(settings, { TLS: expired }, undefined, noSource, null)).toEqual([]);
  });

  it("leaves a secret alone that is no certificate", () => {
    expect(secretProblems(stack({}, { mode: "off" }), { TLS: "a-value" })).toEqual([]);
  });
});

describe("secretProblems of a private path's password", () => {
  const guarded = (secret: object) =>
    settingsFrom({
      environment: "prod",
      app,
      secrets: { PASSWORD: secret },
      proxy: { privatePaths: [{ path: "/admin", passwordSecret: "PASSWORD" }] },
    });

  it.each<[string, object, string | undefined, string[]]>([
    ["a long one", {}, "x".repeat(16), []],
    ["one that is generated", { generate: { length: 24 } }, undefined, []],
    [
      "a short one",
      {},
      "letmein",
      [
        "secrets.PASSWORD: is shorter than 16 characters, and guards a private path; take a longer one, or have it generated",
      ],
    ],
    [
      "one that is missing",
      {},
      undefined,
      ["secrets.PASSWORD: is missing; set PASSWORD in the environment of this command"],
    ],
    [
      "one that may be missing, and is",
      { optional: true },
      undefined,
      [
        "secrets.PASSWORD: is missing, and guards a private path; give it a value, or have it generated",
      ],
    ],
  ])("says of %s what is wrong", (_what, secret, value, problems) => {
    expect(secretProblems(guarded(secret), { PASSWORD: value })).toEqual(problems);
  });
});

describe("certificateTexts", () => {
  it("is what is given, and nothing where it is sealed or of no use", () => {
    const source = (name: string) => ({ TLS: good })[name];
    expect(certificateTexts(stack({}), source)).toEqual([good]);
    expect(certificateTexts(stack({ value: { secure: "x" } }), source)).toEqual([]);
    expect(certificateTexts(stack({}, { mode: "off" }), source)).toEqual([]);
  });
});
