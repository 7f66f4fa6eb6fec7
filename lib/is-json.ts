/** True where a text is a JSON document; an empty or a truncated one is none. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
