/** Text that is HTML already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Content of HTML: nothing, a text that gets escaped, or HTML. */
export type Content = Html | string | number | undefined | readonly Content[];

/** HTML from a template; every text that is put in is escaped. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  // The indent of a template is for those who read it.
  const pieces = parts.map(
    (part, index) => `${part.replace(/\n\s+/g, "\n")}${textOf(contents[index])}`,
  );
  return new Html(pieces.join(""));
}

function textOf(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "string") return escaped(content);
  return typeof content === "number" ? String(content) : content.map(textOf).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  // Control characters of an app's own texts are nothing in a page.
  return text
    .replace(/[^\P{Cc}\t\r\n]/gu, "\ufffd")
    .replace(/[&<>"']/g, (each) => entities[each] ?? "");
}
