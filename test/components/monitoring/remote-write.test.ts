import { describe, expect, it } from "vitest";
import {
  remoteWriteConfig,
  remoteWriteProblems,
  remoteWriteSecrets,
  remoteWriteSettings,
} from "#components/monitoring/remote-write";
import { parseSettings } from "#lib/settings";

const url = "https://series.example.com/api/v1/write";
const of = (given: object = {}) => remoteWriteSettings.parse({ url, ...given });
const basic = { username: "12345", passwordSecret: "P" };

describe("remoteWriteConfig", () => {
  it("proves itself as the settings say, by files", () => {
    expect(remoteWriteConfig(of(basic))).toMatchObject({
      url,
      basic_auth: { username: "12345", password_file: "/run/secrets/REMOTE_WRITE_PASSWORD" },
    });
    expect(remoteWriteConfig(of({ tokenSecret: "T", caSecret: "CA" }))).toMatchObject({
      authorization: { credentials_file: "/run/secrets/REMOTE_WRITE_TOKEN" },
      tls_config: { ca_file: "/run/secrets/REMOTE_WRITE_CA" },
    });
    const keys = Object.keys(remoteWriteConfig(of()));
    for (const each of ["basic_auth", "authorization", "tls_config"]) {
      expect(keys).not.toContain(each);
    }
  });

  it("has the secrets that the settings name, and no others", () => {
    expect(remoteWriteSecrets(undefined)).toEqual([]);
    expect(remoteWriteSecrets(of())).toEqual([]);
    expect(remoteWriteSecrets(of({ ...basic, caSecret: "CA" }))).toEqual([
      {
        path: "monitoring.remoteWrite.passwordSecret",
        file: "REMOTE_WRITE_PASSWORD",
        secret: "P",
      },
      { path: "monitoring.remoteWrite.caSecret", file: "REMOTE_WRITE_CA", secret: "CA" },
    ]);
  });
});

describe("remoteWriteProblems", () => {
  it.each([
    [{}, []],
    [basic, []],
    [
      { username: "a" },
      ["monitoring.remoteWrite.username: is set without passwordSecret; set both, or neither"],
    ],
    [
      { passwordSecret: "P" },
      ["monitoring.remoteWrite.passwordSecret: is set without username; set both, or neither"],
    ],
    [
      { ...basic, tokenSecret: "T" },
      ["monitoring.remoteWrite.tokenSecret: is set, and username too; remove one of them"],
    ],
    [
      { url: "http://series/write", caSecret: "CA" },
      [
        "monitoring.remoteWrite.caSecret: is set, and url has no TLS; begin url with https://, or remove it",
      ],
    ],
  ])("of %j", (given, expected) => {
    expect(remoteWriteProblems(of(given))).toEqual(expected);
  });
});

describe("the address", () => {
  it.each([
    ["series.example.com", "is not a URL; write one that begins with https://"],
    ["ftp://series.example.com/", "is not a URL; write one that begins with https://"],
    [
      "https://user:word@series.example.com/write",
      "has a user in it; set username, or tokenSecret, and the secret with what proves it",
    ],
  ])("%s is refused", (wrong, why) => {
    expect(() => parseSettings(remoteWriteSettings, { url: wrong })).toThrow(why);
  });
  it("may have an @ behind the host", () => {
    expect(of({ url: "https://series.example.com/@me/write" }).url).toContain("@me");
  });
});
