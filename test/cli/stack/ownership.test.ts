import { describe, expect, it } from "vitest";
import { foreignProblem } from "#cli/stack/ownership";

describe("foreignProblem", () => {
  it("is nothing on a host without the stack's containers", () => {
    expect(foreignProblem("local", [])).toBeUndefined();
  });

  it("names the containers and the command that removes them and keeps their volumes", () => {
    expect(foreignProblem("local", ["a-1", "b-2"])).toBe(
      "The stack local has containers on this host (a-1, b-2), but no state here: " +
        "they are another checkout's, or their state was lost. Take them down where they were made, " +
        "or remove them and keep their volumes: docker rm --force a-1 b-2",
    );
  });
});
