import { describe, expect, it } from "vitest";
import { inventory } from "#cli/documents/backups";
import { readDocument } from "#cli/documents/read";
import { dumpStatus } from "#cli/documents/backups";

const remedy = "the container is of another version of Keelson: run keelson up";

describe("readDocument", () => {
  it("keeps what the schema does not name", () => {
    const text = '{"file":"a.dump","bytes":1}';
    expect(readDocument(dumpStatus, text, "status")).toEqual({ file: "a.dump", bytes: 1 });
  });

  it.each([
    ["", "status: is no JSON (Unexpected end of JSON input)"],
    [
      "exec: not found",
      "status: is no JSON (Unexpected token 'e', \"exec: not found\" is not valid JSON)",
    ],
    ["{}", "status: file: Invalid input: expected string, received undefined"],
    ["null", "status: Invalid input: expected object, received null"],
  ])("refuses %j", (text, problem) => {
    expect(() => readDocument(dumpStatus, text, "status")).toThrow(`${problem}; ${remedy}`);
  });

  it("names the place", () => {
    const text = '{"window":{"from":null,"to":null},"backups":[{"repository":"1"}]}';
    expect(() => readDocument(inventory, text, "the list")).toThrow(
      /^the list: backups\.0\.repository: .*expected number, received string; the container/,
    );
  });
});
