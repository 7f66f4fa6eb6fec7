import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PageAnswers, type PageSettings } from "#page/stack/answer";
import { FactsFolder } from "#page/stack/folder";
import { figuresAt, nowText, overText, releasesText } from "../../support/page-figures.js";

const settings: PageSettings = {
  name: "shop-prod",
  url: "https://shop.example.com",
  jobs: {},
  dumpsAlone: false,
  public: false,
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-page-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Replaces a file whole, as monitoring does. */
function put(name: string, text: string): void {
  writeFileSync(join(folder, `.${name}.part`), text);
  renameSync(join(folder, `.${name}.part`), join(folder, name));
}

const asked = { method: "GET", isInMaintenance: false, present: figuresAt };
const answers = (more: Partial<PageSettings> = {}) =>
  new PageAnswers({ ...settings, ...more }, new FactsFolder(folder));
const headline = (body: string) => /<h1 id="headline">(.*?)<\/h1>/.exec(body)?.[1];

describe("the answer", () => {
  it("is the page once there are figures, which nothing keeps", () => {
    const page = answers();
    expect(page.to(asked)).toMatchObject({
      status: 503,
      body: "The first figures are not there yet.\n",
      headers: { "retry-after": "10", "cache-control": "no-store" },
    });
    put("now.json", nowText());
    const answer = page.to(asked);
    expect(answer).toMatchObject({
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
    });
    expect(headline(answer.body)).toBe("shop-prod is up");
  });

  it("follows the files, the releases among them, and what the proxy says", () => {
    put("now.json", nowText());
    put("over.json", overText());
    const page = answers();
    expect(page.to(asked).body).toContain("nothing yet");
    put("releases.json", releasesText);
    expect(page.to(asked).body).toContain("v12");
    put("now.json", nowText({ up: [[{}, 0]] }));
    expect(headline(page.to(asked).body)).toBe("shop-prod is down");
    const inMaintenance = page.to({ ...asked, isInMaintenance: true });
    expect(headline(inMaintenance.body)).toBe("shop-prod is in maintenance mode");
  });

  it("grows old where the files do not change", () => {
    put("now.json", nowText());
    const page = answers();
    expect(headline(page.to(asked).body)).toBe("shop-prod is up");
    const present = new Date(figuresAt.getTime() + 5 * 60_000);
    expect(headline(page.to({ ...asked, present }).body)).toBe(
      "Whether shop-prod is up is not known",
    );
  });

  it("to everybody has the state of the site and its outages alone", () => {
    const canary = "canary-8f1c";
    const alert = {
      labels: { alertname: canary, severity: "critical" },
      annotations: { summary: canary, action: canary },
      startsAt: "2026-03-02T11:00:00Z",
      status: { state: "active" },
    };
    put("now.json", nowText({ alerts: [alert] }));
    put("over.json", overText({ probes: [[{}, [[figuresAt.getTime() / 1000 - 10, 1]]]] }));
    put("releases.json", releasesText.replaceAll("eve", canary));
    expect(answers().to(asked).body).toContain(canary);
    const { body } = answers({ public: true, jobs: { [canary]: "5 * * * *" } }).to(asked);
    expect(headline(body)).toBe("shop-prod is up");
    expect(body).toContain("No incident.");
    expect(body).not.toContain(canary);
    for (const each of ["postgres", "2.4.0", "https://shop.example.com"]) {
      expect(body).not.toContain(each);
    }
  });

  it("to what would change something is a refusal", () => {
    expect(answers().to({ ...asked, method: "POST" })).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  });

  it("is an error where a file is none of ours", () => {
    put("now.json", "not json");
    expect(() => answers().to(asked)).toThrow("not json");
  });
});
