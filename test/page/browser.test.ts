import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicStatusPage, statusPage } from "#page/page";
import { browserPath, noBrowser, startBrowser } from "../support/chromium.js";
import { barePage, pageMoment, soundPage, wrongPage } from "../support/page-facts.js";
import { long } from "../support/long.js";

const pages: Readonly<Record<string, string>> = {
  sound: statusPage(soundPage),
  wrong: statusPage(wrongPage),
  bare: statusPage(barePage),
  public: publicStatusPage(wrongPage),
};
/** Milliseconds: a browser alongside a dozen other processes. */
const slow = 120_000;

/** Each width and each scheme; a run of axe takes seconds. */
const cases = [
  ["sound", "light", 360],
  ["wrong", "dark", 800],
] as const;
const further = [
  ["sound", "dark", 800],
  ["sound", "light", 1440],
  ["wrong", "dark", 360],
  ["wrong", "light", 800],
  ["bare", "dark", 1440],
  ["public", "light", 360],
] as const;

describe.skipIf(browserPath === undefined)(
  `the status page in a browser${browserPath === undefined ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let browser: Browser;
    let server: Server;
    let origin: string;
    let served = pages;

    beforeAll(async () => {
      browser = await startBrowser();
      server = createServer((request, response) => {
        const text = served[(request.url ?? "").slice(1)];
        response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/html" });
        response.end(text);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    });
    afterAll(async () => {
      await browser.close();
      server.close();
    });

    /** Opens a page and notes what it asks for and complains of. */
    async function open(
      name: string,
      options: Parameters<Browser["newContext"]>[0] & { readonly clock?: Date } = {},
    ) {
      const { clock, ...rest } = options;
      const context = await browser.newContext(rest);
      const page = await context.newPage();
      if (clock !== undefined) await page.clock.install({ time: clock });
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on("request", (each) => requests.push(each.url()));
      page.on("console", (each) => complaints.push(each.text()));
      page.on("pageerror", (each) => complaints.push(each.message));
      await page.goto(`${origin}/${name}`);
      return { page, requests, complaints, close: () => context.close() };
    }

    async function expectSound(name: string, colorScheme: "light" | "dark", width: number) {
      const viewport = { width, height: 900 };
      const { page, requests, complaints, close } = await open(name, { colorScheme, viewport });
      // One table stands for those of all plots: axe looks at each cell.
      await page.locator("#rpo-figures").evaluateAll((all) => {
        for (const each of all) each.setAttribute("open", "");
      });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
      expect(requests).toEqual([`${origin}/${name}`]);
      expect(complaints).toEqual([]);
      await close();
    }
    const soundness =
      "%s, %s, at %d px: nothing for axe to find, nothing clipped, nothing asked for elsewhere";
    it.each(cases)(soundness, expectSound, slow);
    it.each(further)(soundness, { ...long, timeout: slow }, expectSound);

    it(
      "is dressed by its own style, in the colours that the system prefers",
      async () => {
        const background = async (colorScheme: "light" | "dark") => {
          const { page, close } = await open("sound", { colorScheme });
          const found = await page.evaluate<string>(
            "getComputedStyle(document.body).backgroundColor",
          );
          await close();
          return found;
        };
        expect(await background("light")).toBe("rgb(244, 245, 247)");
        expect(await background("dark")).toBe("rgb(14, 17, 21)");
      },
      slow,
    );

    it(
      "tells everything without JavaScript, the figures of a plot in its table",
      async () => {
        const { page, close } = await open("sound", { javaScriptEnabled: false });
        await expectText(page, "h1", "shop-prod is up");
        await page.locator("#requests summary").click();
        const rows = page.locator("#requests tbody tr");
        expect(await rows.count()).toBe(97);
        expect(await rows.first().innerText()).toMatch(/^2026-03-01 12:00Z\s+[\d.]+\/s\s+0\/s$/);
        await close();
      },
      slow,
    );

    it(
      "reads a plot out by the keyboard and by the pointer",
      async () => {
        const { page, close } = await open("sound");
        const plot = page.locator("#latency .plot");
        await plot.focus();
        await page.keyboard.press("End");
        await expectText(
          page,
          "#latency output",
          /^2026-03-02 12:00Z · p99 [\d.]+ ms · p50 [\d.]+ ms$/,
        );
        await page.keyboard.press("ArrowLeft");
        await expectText(page, "#latency output", /^2026-03-02 11:45Z · /);
        await plot.hover();
        await expectText(page, "#latency output", /^2026-03-02 00:00Z · /);
        await close();
      },
      slow,
    );

    it(
      "takes over what is new by itself, and keeps open what is open",
      async () => {
        const { page, close } = await open("sound", { clock: pageMoment });
        await page.locator("#jobs-figures summary").click();
        await page.evaluate("document.activeElement.blur()");
        const at = new Date(pageMoment.getTime() + 30_000);
        served = { ...pages, sound: statusPage({ ...wrongPage, at }) };
        try {
          await page.clock.runFor(31_000);
          await expectText(page, "h1", "shop-prod is down");
          expect(await page.title()).toBe("shop-prod is down");
          expect(await page.locator("#jobs-figures").getAttribute("open")).toBe("");
        } finally {
          served = pages;
          await close();
        }
      },
      slow,
    );

    it(
      "says that it is old where no newer one is made",
      async () => {
        const { page, close } = await open("sound", { clock: pageMoment });
        await page.clock.runFor(400_000);
        await expectText(page, "#age", ", 6 min ago: no newer one is made");
        await close();
      },
      slow,
    );
  },
);

/** What axe finds. */
async function violations(page: Page): Promise<string[]> {
  // The page's policy lets no other script in; a debugger's is not asked.
  await page.evaluate(axe.source);
  const found = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary ?? ""}`),
  );
}

async function expectText(page: Page, selector: string, text: string | RegExp): Promise<void> {
  const place = page.locator(selector);
  await expect.poll(() => place.innerText(), { timeout: 20_000 }).toMatch(text);
}
