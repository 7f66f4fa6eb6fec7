import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { PageFacts, PublicFacts } from "./facts.js";
import { html, Html } from "./html.js";
import { backupSection } from "./sections/backups.js";
import { barSection } from "./sections/bars.js";
import { databaseSection } from "./sections/database.js";
import { glanceSection } from "./sections/glance.js";
import {
  header,
  headlineOf,
  siteHeadline,
  siteLine,
  wrongSection,
  type Headline,
} from "./sections/headline.js";
import { jobSection } from "./sections/jobs.js";
import { outageSection } from "./sections/outages.js";
import { processSection } from "./sections/processes.js";
import { releaseSection } from "./sections/releases.js";
import { trafficSection } from "./sections/traffic.js";

/** The status page of a stack, for those who run it: a document of its own, which loads nothing. */
export function statusPage(facts: PageFacts): string {
  const { at } = facts;
  const sections = [
    wrongSection(facts),
    glanceSection(facts),
    trafficSection(facts),
    processSection(facts),
    databaseSection(facts),
    backupSection(facts),
    jobSection(facts),
    barSection(facts),
    outageSection(facts.outages, at),
    releaseSection(facts),
  ];
  return documentOf(headlineOf(facts), at, html`${sections}`, siteLine(facts));
}

/** The status page for anybody: whether the site is up, and its incidents. */
export function publicStatusPage({ name, at, site, outages }: PublicFacts): string {
  return documentOf(siteHeadline(name, site), at, outageSection(outages, at), html``);
}

const styles = readFileSync(new URL("page.css", import.meta.url), "utf8");
const script = readFileSync(new URL("live.js", import.meta.url), "utf8");

/** Only what is in the page itself is used, and only where its text is ours. */
const policy = [
  "default-src 'none'",
  `style-src ${hashOf(styles)}`,
  `script-src ${hashOf(script)}`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function documentOf(headline: Headline, at: Date, main: Html, more: Html): string {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <meta name="referrer" content="no-referrer" />
        <title>${headline.text}</title>
        <link rel="icon" href="${icon(headline)}" />
        ${element("style", styles)}
      </head>
      <body>
        <main id="page">${header(headline, at, more)} ${main}</main>
        <script>
          ${new Html(script)};
        </script>
      </body>
    </html> `;
  return document.text;
}

/** Nothing stands around the text: it would not be what the policy allows. */
function element(name: "script" | "style", text: string): Html {
  return new Html(`<${name}>${text}</${name}>`);
}

const colours = { good: "1a7f4b", warn: "c98500", bad: "c0272d" } as const;

/** A dot in the colour of the state: a tab in the background shows it. */
function icon({ level }: Headline): string {
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='4' fill='%23${colours[level]}'/%3E%3C/svg%3E`;
}
