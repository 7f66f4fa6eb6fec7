/**
 * A container's health test that requests a path of its own over HTTP. Its image has wget or curl, or names a command
 * instead.
 * @param site how the public asks for it, for apps that answer no other host or scheme
 * @returns as Docker takes it
 */
export function httpTest(
  port: number,
  path: string,
  site?: { readonly host: string; readonly scheme: string },
): readonly string[] {
  const url = `http://127.0.0.1:${String(port)}${path}`;
  const lines =
    site === undefined ? [] : [`Host: ${site.host}`, `X-Forwarded-Proto: ${site.scheme}`];
  const headers = (flag: string) => lines.map((line) => ` ${flag} '${line}'`).join("");
  return [
    "CMD-SHELL",
    `wget -q -O /dev/null${headers("--header")} '${url}' 2>/dev/null || curl -fsS -o /dev/null${headers("-H")} '${url}'`,
  ];
}
