import { publicStatusPage, statusPage } from "../page.js";
import type { FactsFolder } from "./folder.js";
import { stackPageFacts } from "./facts.js";
import type { StackFacts } from "./inputs.js";

/** Inputs of the container, as its environment gives them in JSON. */
export interface PageSettings extends StackFacts {
  /** Only whether the site is up, and its outages. */
  readonly public: boolean;
}

/** The header by which the proxy says that it answers everybody else with 503. */
export const maintenanceHeader = "x-keelson-maintenance";

export interface Asked {
  readonly method: string;
  readonly isInMaintenance: boolean;
  readonly present: Date;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const minute = 60_000;

/** Answers with the page, which is made when somebody looks at it; the same figures make it once a minute at most. */
export class PageAnswers {
  readonly #settings: PageSettings;
  readonly #folder: FactsFolder;
  #last = { key: "", text: "" };

  constructor(settings: PageSettings, folder: FactsFolder) {
    this.#settings = settings;
    this.#folder = folder;
  }

  /** @throws Error where the figures can't be read */
  to(asked: Asked): Answer {
    if (asked.method !== "GET" && asked.method !== "HEAD") {
      return plain(405, "This page is only read.", { allow: "GET, HEAD" });
    }
    const text = this.#page(asked);
    if (text === undefined) {
      return plain(503, "The first figures are not there yet.", { "retry-after": "10" });
    }
    return { status: 200, headers: headers("text/html; charset=utf-8"), body: text };
  }

  #page({ isInMaintenance, present }: Asked): string | undefined {
    const content = this.#folder.read();
    if (content === undefined) return undefined;
    const minutes = Math.floor(present.getTime() / minute);
    const key = [content.version, isInMaintenance, minutes].join(" ");
    if (this.#last.key !== key) {
      const facts = stackPageFacts(this.#settings, { ...content, isInMaintenance, present });
      const text = this.#settings.public ? publicStatusPage(facts) : statusPage(facts);
      this.#last = { key, text };
    }
    return this.#last.text;
  }
}

/** Returns the answer where the figures can't be read. */
export function failedAnswer(): Answer {
  return plain(500, "The figures can't be read; the container's log says why.");
}

function plain(status: number, sentence: string, more: Answer["headers"] = {}): Answer {
  return {
    status,
    headers: { ...headers("text/plain; charset=utf-8"), ...more },
    body: `${sentence}\n`,
  };
}

function headers(type: string): Readonly<Record<string, string>> {
  return {
    "content-type": type,
    // What a cache keeps would say later what is now.
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
  };
}
