import { describe, expect, it } from "vitest";
import { offsiteNumbers } from "#cli/stack/offsite";
import { backupSettings } from "#components/backup/settings";

const place = {
  endpoint: "s3.example.com",
  bucket: "shop",
  region: "eu",
  accessKeySecret: "ID",
  secretKeySecret: "KEY",
};
const two = backupSettings.parse({ repositories: [place, { ...place, prefix: "/b" }] });

describe("offsiteNumbers", () => {
  it("counts from 2, since 1 is the local one", () => {
    expect(offsiteNumbers({ backup: two }, true)).toEqual([2, 3]);
    expect(offsiteNumbers({ backup: two }, "3")).toEqual([3]);
  });

  it.each([
    ["1", "There is no off-site repository 1; there are: 2, 3 (1 is the local one)."],
    ["4", "There is no off-site repository 4; there are: 2, 3 (1 is the local one)."],
  ])("refuses %s", (wanted, message) => {
    expect(() => offsiteNumbers({ backup: two }, wanted)).toThrow(message);
  });

  it("refuses a stack that has none", () => {
    expect(() => offsiteNumbers({ backup: backupSettings.parse({}) }, true)).toThrow(
      /^backup\.repositories: is empty/,
    );
  });
});
