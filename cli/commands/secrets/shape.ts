import { isJson } from "#lib/is-json";

/** The shape of a value, from which the value can't be had: its kind and, of a text, its length rounded up. */
export function shapeOf(value: string): string {
  if (value.trim() === "") return "empty";
  const [, label] = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(value) ?? [];
  if (label !== undefined) return `PEM (${label.toLowerCase()})`;
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\/[^\s]+$/i.exec(value) ?? [];
  if (scheme !== undefined) return `URL (${scheme.toLowerCase()})`;
  if (/^\s*[{[]/.test(value) && isJson(value)) return "JSON";
  const lines = value.split("\n").length;
  if (lines > 1) return `text of ${String(lines)} lines`;
  if (/^\d+$/.test(value)) return "digits";
  if (/^[0-9a-f]+$/i.test(value) && value.length >= 16) return `${length(value)}, hexadecimal`;
  return length(value);
}

/** The next length of 8, 16, 24 …: whether it is a key or a word, not how long a password is. */
function length(value: string): string {
  return `text of up to ${String(Math.ceil(value.length / 8) * 8)} characters`;
}
