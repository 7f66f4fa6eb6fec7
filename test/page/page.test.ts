import { describe, expect, it } from "vitest";
import { html } from "#page/html";
import { publicStatusPage, statusPage } from "#page/page";
import { areaPath, linePath, niceTime, niceTop } from "#page/scale";
import { amount, percent, span } from "#page/text";
import { availability } from "#page/sections/outages";
import { barePage, overDay, soundPage, wrongPage } from "../support/page-facts.js";

const textOf = (page: string) =>
  page
    .replace(/<(style|script)>[^]*?<\/\1>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

describe("statusPage", () => {
  it.each([
    ["all of it is well", soundPage, "shop-prod is up"],
    ["the site is down", wrongPage, "shop-prod is down"],
    [
      "maintenance is on",
      { ...soundPage, site: { ...soundPage.site, state: "maintenance" as const } },
      "shop-prod is in maintenance mode",
    ],
    [
      "it is up, and something is wrong",
      { ...soundPage, alerts: wrongPage.alerts, problems: ["a"] },
      "shop-prod is up, with 2 alerts and 1 problem",
    ],
  ])("has in its headline that %s", (_what, facts, expected) => {
    const page = statusPage(facts);
    expect(/<title>(.*?)<\/title>/.exec(page)?.[1]).toBe(expected);
    expect(/<h1[^>]*>(.*?)<\/h1>/.exec(page)?.[1]).toBe(expected);
  });

  it("names what is wrong first: what is critical, then warnings, then what is silenced, then problems", () => {
    const page = statusPage(wrongPage);
    const places = [
      "the site does not answer",
      "94.1% of its memory",
      "disk of backups is 85% full",
      "queue does not run",
      "At a glance",
    ].map((text) => page.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it("is below 150 KB with all that it can show", () => {
    expect(Buffer.byteLength(statusPage(wrongPage))).toBeLessThan(150_000);
  });

  it("loads nothing, and allows nothing but its own style and script", () => {
    const page = statusPage(wrongPage);
    expect(page).not.toMatch(/<(?:link|img|script|iframe|object)[^>]*(?:src|href)="(?!data:)/);
    expect(page).not.toMatch(/url\(|@import| style="| on[a-z]+="/);
    expect(page).toContain("default-src &#39;none&#39;; style-src &#39;sha256-");
  });

  it("leaves out what a stack does not have, and says what it would take", () => {
    const text = textOf(statusPage(barePage));
    for (const absent of ["Database", "Backups", "Jobs", "Certificate", "Availability"]) {
      expect(text).not.toContain(absent);
    }
    expect(text).toContain("Requests over time are known where monitoring.enabled is true.");
    expect(text).not.toMatch(/undefined|NaN|null|Invalid/);
  });

  it("shows no figure for a day in which nothing was known", () => {
    const none = overDay(() => null);
    const traffic = { requests: none, errors: none, p50: none, p99: none };
    const page = statusPage({ ...soundPage, traffic });
    expect(page).not.toMatch(/undefined|NaN|Infinity/);
    expect(textOf(page)).toContain("Answered with 5xx – ");
  });

  it("escapes what comes from elsewhere", () => {
    const evil = `"><script>alert(1)</script>&'\u0007`;
    const [alert] = wrongPage.alerts ?? [];
    const [release] = soundPage.releases;
    const [process] = soundPage.processes;
    if (alert === undefined || release === undefined || process === undefined) throw new Error("");
    const page = statusPage({
      ...wrongPage,
      name: evil,
      site: { ...wrongPage.site, url: evil, answer: evil },
      alerts: [{ ...alert, name: evil, severity: evil, summary: evil, action: evil }],
      problems: [evil],
      releases: [{ ...release, id: evil, version: evil, commit: evil, who: evil, reason: evil }],
      processes: [{ ...process, name: evil, state: evil }],
      jobs: [{ name: evil, schedule: evil, runs: [] }],
      disks: [{ name: evil, size: 1, free: 1 }],
    });
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page).not.toContain("alert(1)</script>");
    expect(page).not.toContain("\u0007");
    expect(page).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;\ufffd");
  });
});

describe("publicStatusPage", () => {
  it("has whether the site is up and its incidents, and nothing else", () => {
    expect(textOf(publicStatusPage(wrongPage)).trim()).toBe(
      "shop-prod is down ✕ shop-prod is down As of 2026-03-02 12:00 UTC . " +
        "Availability Up for 99.925 % of the last 15 days. " +
        [...Array(16).keys()]
          .map((index) => {
            const day = new Date(Date.UTC(2026, 1, 15 + index)).toLocaleDateString("en-GB", {
              day: "numeric",
              month: "short",
              timeZone: "UTC",
            });
            const down: Readonly<Record<number, string>> = { 9: "0.83", 15: "0.28" };
            return `${day}: ${down[index] === undefined ? "up" : `down for ${down[index]} % of the day`}`;
          })
          .join(" ") +
        " The site does not answer since 2026-03-02 11:56 UTC (4 min). " +
        "The site did not answer from 2026-02-24 00:00 to 2026-02-24 00:12 UTC (12 min).",
    );
  });
});

describe("a figure as text", () => {
  it("has the digits that matter, and is never rounded to what it is not", () => {
    expect([0, 0.256, 12.34, 1234.5].map(amount)).toEqual(["0", "0.256", "12.3", "1,235"]);
    expect([0.008, 0.9996, 61, 600, 10_800].map(span)).toEqual([
      "8 ms",
      "1 s",
      "61 s",
      "10 min",
      "3 h",
    ]);
    expect([0, 0.000001, 0.0017, 0.37].map(percent)).toEqual(["0 %", "< 0.01 %", "0.17 %", "37 %"]);
    expect([1, 0.9999999, 0.99925].map(availability)).toEqual(["100 %", "99.999 %", "99.925 %"]);
  });
});

describe("a scale", () => {
  it("ends at a number that is easy to read", () => {
    expect([0, 0.11, 7, 21, 100, 101].map(niceTop)).toEqual([1, 0.15, 8, 30, 100, 150]);
    expect([0.2, 45, 61, 200, 3700].map(niceTime)).toEqual([0.2, 50, 120, 240, 7200]);
  });

  it("draws a line with a hole where nothing is known, and what stands alone as a dot", () => {
    const from = new Date(0);
    const series = { from, step: 100, values: [0, 5, null, 10, null, 2, 12] };
    const to = new Date(600);
    expect(linePath(series, from, to, 10)).toBe("M0 1000L167 500M500 0h0M833 800L1000 0");
    expect(areaPath(series, from, to, 10)).toBe(
      "M0 1000L0 1000L167 500L167 1000ZM833 1000L833 800L1000 0L1000 1000Z",
    );
  });
});

describe("html", () => {
  it("takes nothing, numbers, lists and HTML", () => {
    expect(html`<p>${undefined}${1}${["<", html`<b>${"&"}</b>`]}</p>`.text).toBe(
      "<p>1&lt;<b>&amp;</b></p>",
    );
  });
});
