import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Where Debian and others put the browser. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A browser of the machine's; undefined where it has none. `KEELSON_CHROMIUM` names another one. */
export const browserPath =
  process.env["KEELSON_CHROMIUM"] ?? places.find((each) => existsSync(each));

/** Why tests in a browser do not run here. */
export const noBrowser =
  "there is no Chromium here: apt-get install chromium, or name one in KEELSON_CHROMIUM";

/** Starts the browser, in which nothing but what a test serves can be reached. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(browserPath === undefined ? {} : { executablePath: browserPath }),
    // It runs as root in a container, too; all that it opens is our own.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}
