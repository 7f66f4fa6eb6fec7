/** The files that a step fills a volume with, by name, from its lines `<name> <base64>`. */
export function secretFilesIn(lines: unknown): Record<string, string> {
  return Object.fromEntries(
    String(lines)
      .trim()
      .split("\n")
      .map((line) => {
        const [name = "", value = ""] = line.split(" ");
        return [name, Buffer.from(value, "base64").toString()];
      }),
  );
}
