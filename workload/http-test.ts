/**
 * A container's health test that requests a path of its own over HTTP. Its image has wget or curl, or names a command
 * instead.
 * @returns as Docker takes it
 */
export function httpTest(port: number, path: string): readonly string[] {
  const url = `http://127.0.0.1:${String(port)}${path}`;
  return [
    "CMD-SHELL",
    `wget -q -O /dev/null '${url}' 2>/dev/null || curl -fsS -o /dev/null '${url}'`,
  ];
}
