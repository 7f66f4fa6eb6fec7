import { describe, expect, it } from "vitest";
import { markdownTable, withPart } from "#lib/markdown";

describe("markdownTable", () => {
  it("pads every column to its longest cell", () => {
    const table = markdownTable([
      ["A", "Long head"],
      ["a cell", "b"],
    ]);
    expect(table.split("\n")).toEqual([
      "| A      | Long head |",
      "| ------ | --------- |",
      "| a cell | b         |",
    ]);
  });

  it("keeps a bar that stands in a cell", () => {
    expect(markdownTable([["a|b"], ["c"]])).toBe("| a\\|b |\n| ---- |\n| c    |");
  });
});

describe("withPart", () => {
  const marked = "a\n<!-- x:begin -->\n\nold\n\n<!-- x:end -->\nb\n";

  it("replaces what is between its markers, and nothing else", () => {
    expect(withPart(marked, "x", "new")).toBe("a\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nb\n");
  });

  it("changes nothing where they are missing", () => {
    expect(withPart(marked, "y", "new")).toBe(marked);
  });
});
