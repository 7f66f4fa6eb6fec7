import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withPart } from "#lib/markdown";
import { root } from "#test/support/docker";

/** Page with the published figures. */
export const document = "docs/performance.md";

/** Puts a result between its markers in the document. @throws Error where they are missing */
export function publish(part: string, content: string): void {
  const file = join(root, document);
  const text = readFileSync(file, "utf8");
  const written = withPart(text, part, content);
  if (!written.includes(content)) {
    throw new Error(
      `${document} has no <!-- ${part}:begin --> and <!-- ${part}:end -->; put them back`,
    );
  }
  writeFileSync(file, written);
}

/** The day, for a result. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
