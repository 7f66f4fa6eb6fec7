import { describe, expect, it } from "vitest";
import { tmpfsOf } from "#workload/tmpfs";

const usual = { tmp: { size: "64MiB", exec: false }, tmpfs: [], user: "10001:10001" };

describe("tmpfsOf", () => {
  it("belongs to the container's user, whoever owns the image's folder there", () => {
    expect(tmpfsOf({ ...usual, tmpfs: ["/app/cache"], user: "33:34" })).toEqual({
      "/tmp": "rw,noexec,nosuid,nodev,uid=33,gid=34,mode=1777,size=64m",
      "/app/cache": "rw,nosuid,nodev,uid=33,gid=34,size=64m",
    });
  });

  it("is as large as the settings say, and lets programs run where they say so", () => {
    const { "/tmp": tmp } = tmpfsOf({ ...usual, tmp: { size: "2GiB", exec: true } });
    expect(tmp).toBe("rw,exec,nosuid,nodev,uid=10001,gid=10001,mode=1777,size=2048m");
  });
});
