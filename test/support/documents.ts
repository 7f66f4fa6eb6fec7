import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./program.js";

/** A Markdown file of the project. */
export interface Document {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

const skipped = new Set(["node_modules", ".git", ".keelson"]);

/** Every Markdown file of the project. */
export function documents(): Document[] {
  return markdownUnder("").map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** One Markdown file of the project. */
export function documentAt(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function markdownUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : markdownUnder(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** The text without its fenced blocks, the lines kept. */
export function prose(text: string): string {
  return text.replace(fence, (block) => block.replaceAll(/[^\n]/g, ""));
}

/** Fenced blocks in a language, each without its indent. */
export function blocksIn(text: string, language: string): string[] {
  return [...text.matchAll(fence)]
    .filter((block) => block[2] === language)
    .map((block) => (block[3] ?? "").replaceAll(new RegExp(`^${indentOf(block[1])}`, "gm"), ""));
}

/** The lines of fenced blocks in a language. */
export function blockLines(text: string, language: string): string[] {
  return blocksIn(text, language).flatMap((block) => block.split("\n").map((line) => line.trim()));
}

/** What stands between single backticks outside of blocks. */
export function codeSpans(text: string): string[] {
  return [...prose(text).matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map((span) => span[1] ?? "");
}

/** Targets of a text's links, `[text](target)`, outside of code. */
export function linkTargets(text: string): string[] {
  const plain = prose(text).replaceAll(/`[^`\n]*`/g, "code");
  return [...plain.matchAll(/\]\(([^)\s]+)\)/g)].map((link) => link[1] ?? "");
}

/** Anchors of a text's headings, as GitHub makes them. */
export function anchors(text: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map((heading) => {
    const slug = slugOf(heading[1] ?? "");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${String(before)}`;
  });
}

const fence = /^([ ]*```)(\w*)[^\n]*\n([\s\S]*?)^[ ]*```[ ]*$/gm;

function indentOf(opening = ""): string {
  return opening.replace("```", "");
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}
