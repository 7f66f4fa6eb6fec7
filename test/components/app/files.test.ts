import { describe, expect, it } from "vitest";
import { fileProblems } from "#components/app/files";
import { appSettings } from "#components/app/settings";

const parsed = (over: object) => appSettings.parse({ name: "shop", image: "shop:1", ...over });
const problems = (over: object, requestBody = "32MiB") =>
  fileProblems({ app: parsed(over), proxy: { limits: { requestBody } } });

describe("fileProblems", () => {
  const tooSmall = (limit: string) =>
    `proxy.limits.requestBody: ${limit} is more than /tmp of the app holds (app.tmp.size: 64MiB), where most frameworks put an upload; set app.tmp.size to ${limit} or more, or app.env.TMPDIR to the folder that they go to`;
  const taken =
    "is /tmp, which is in memory already; remove it: app.tmp.size says how large it is; a volume takes another path, which app.env.TMPDIR names";

  it.each([
    ["the defaults", {}, "32MiB", []],
    ["the smallest app", { memory: "32MiB" }, "32MiB", []],
    ["an upload that /tmp does not hold", {}, "100MiB", [tooSmall("100MiB")]],
    ["the same, one more GiB", {}, "1GiB", [tooSmall("1GiB")]],
    ["a /tmp as large as an upload", { tmp: { size: "100MiB" } }, "100MiB", []],
    ["an app that puts it elsewhere", { env: { TMPDIR: "/srv/up" } }, "100MiB", []],
    [
      "a /tmp that is larger than the memory",
      { tmp: { size: "1GiB" } },
      "1GiB",
      [
        "app.tmp.size: 1GiB is more than app.memory (256MiB), of which /tmp is a part; raise app.memory, or set app.env.TMPDIR to a folder of a volume and lower app.tmp.size",
      ],
    ],
    [
      "a volume and a folder in memory at /tmp",
      { volumes: [{ name: "up", path: "/tmp/" }], tmpfs: ["/x/../tmp"] },
      "32MiB",
      [
        `app.volumes[0].path: ${taken}`,
        `app.tmpfs[0]: ${taken}`,
        "app.tmpfs[0]: path /tmp is already taken by app.volumes[0].path; choose another path",
      ],
    ],
    [
      "the root, and the secrets",
      { volumes: [{ name: "up", path: "/" }], tmpfs: ["/run/secrets"] },
      "32MiB",
      [
        "app.volumes[0].path: is the whole root; name a folder, or set app.readOnlyRoot to false",
        "app.tmpfs[0]: is the folder of the app's secrets; choose another path",
      ],
    ],
    [
      "one folder twice, written in two ways",
      { volumes: [{ name: "up", path: "/data" }], tmpfs: ["/data/"] },
      "32MiB",
      ["app.tmpfs[0]: path /data is already taken by app.volumes[0].path; choose another path"],
    ],
    ["a folder within /tmp", { volumes: [{ name: "up", path: "/tmp/up" }] }, "32MiB", []],
  ])("are, for %s", (_what, over, limit, wanted) => {
    expect(problems(over, limit)).toEqual(wanted);
  });
});
