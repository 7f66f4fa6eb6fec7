import { messageOf } from "../../io/failure.js";
import type { FollowerParts } from "./parts.js";

const longestMs = 600_000;

/** Trouble that may pass, such as an absent network: it is logged once and when it is over, and tried ever less often. */
export class Trouble {
  /** The message of the last one; empty when there is none. */
  text = "";
  #times = 0;
  #about = "";
  #next = 0;
  readonly #parts: Pick<FollowerParts, "log" | "now">;
  readonly #waitMs: number;

  /** @param waitMs wait after the first failure, doubled by each further one; 0: none */
  constructor(parts: Pick<FollowerParts, "log" | "now">, waitMs: number) {
    this.#parts = parts;
    this.#waitMs = waitMs;
  }

  /**
   * Does something; undefined where it failed, or is not due yet.
   *
   * @param about the thing it is done to: another one is not waited for
   */
  async during<T>(
    about: string,
    act: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const { log, now } = this.#parts;
    if (about !== this.#about) this.#times = 0;
    if (this.#times > 0 && now().getTime() < this.#next) return undefined;
    this.#about = about;
    try {
      const value = await act();
      if (this.text !== "") log("info", "over", { trouble: this.text });
      this.#times = 0;
      this.text = "";
      return value;
    } catch (error) {
      if (signal.aborted) return undefined;
      const text = messageOf(error);
      if (text !== this.text) log("warning", "trouble", { reason: text });
      this.text = text;
      const waitMs = Math.min(this.#waitMs * 2 ** this.#times, longestMs);
      this.#next = now().getTime() + waitMs;
      this.#times += 1;
      return undefined;
    }
  }
}
