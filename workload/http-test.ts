/**
 * A container's health test that requests a path of its own over HTTP. Its image has wget or curl, or names a command
 * instead.
 * @param site how the public asks for it, for apps that answer no other host or scheme. Such an app is asked from
 *   outside as well: in an image with neither program the test says no more than that the container runs
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
  // One try: wget would repeat what a redirect leads to for minutes.
  const wget = `wget -q --tries=1 -O /dev/null${headers("--header")} '${url}'`;
  const curl = `curl -fsS -o /dev/null${headers("-H")} '${url}'`;
  const otherwise = site === undefined ? "else" : "elif command -v curl >/dev/null; then";
  return ["CMD-SHELL", `if command -v wget >/dev/null; then ${wget}; ${otherwise} ${curl}; fi`];
}
