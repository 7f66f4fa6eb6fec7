import { describe, expect, it } from "vitest";
import type { Host } from "#cli/commands/preview/host";
import { imageNeeds, imageText } from "#cli/commands/preview/images";
import type { Step } from "#cli/engines/runner";
import { command, hostWith, inputsOf, resources, step } from "../../../support/preview.js";

describe("the images", () => {
  const build = (tag: string) => ({ create: `bash images/build-app ${tag} . Dockerfile '' ''` });
  const app = step("replace", {
    name: "app",
    old: inputsOf("app"),
    now: inputsOf("app", { image: "app:9" }),
  });
  const none = hostWith({ images: new Set() });

  it.each<[string, Step[], Host | undefined, string[]]>([
    ["that is there", [app], hostWith({ images: new Set(["app:9"]) }), []],
    ["that is not there", [app], none, ["app:9 is pulled."]],
    [
      "that nobody could look for",
      [app],
      undefined,
      ["app:9 is pulled unless it is on the host already."],
    ],
    [
      "to be built",
      [
        app,
        step("update", {
          name: "app-image",
          type: command,
          old: build("app:1"),
          now: build("app:9"),
        }),
      ],
      none,
      ["app:9 is built."],
    ],
    [
      "of the platform",
      [
        step("create", {
          name: "jobs-image",
          type: command,
          now: { create: "bash images/build jobs keelson/jobs:1 debian" },
        }),
      ],
      none,
      ["keelson/jobs:1 is built."],
    ],
    [
      "that was built and has gone",
      [
        app,
        step("same", {
          name: "app-image",
          type: command,
          old: build("app:9"),
          now: build("app:9"),
        }),
      ],
      none,
      [
        "app:9 is gone from the host since it was built, and is not built again by itself: run `bash images/build-app app:9 . Dockerfile '' ''` first.",
      ],
    ],
    [
      "of a container that stays",
      [step("same", { name: "app", old: inputsOf("app"), now: inputsOf("app") })],
      none,
      [],
    ],
  ])("%s", (_what, steps, host, texts) => {
    expect(imageNeeds(resources(...steps), host).map(imageText)).toEqual(texts);
  });
});
