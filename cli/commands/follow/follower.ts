import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../io/failure.js";
import { begun, decide, failed, readMemory, writeMemory, type Memory } from "./memory.js";
import type { FollowerParts } from "./parts.js";
import type { FollowRequest } from "./request.js";
import type { Head } from "./source.js";
import { Trouble } from "./trouble.js";

/** Name of the file by which a person has a bad head tried again. */
export const retryFile = "retry";

/** Result of a check: the wanted head is live, or it is not. */
export type CheckResult = "live" | "behind";

/** Follows a head: each check ends with the newest one live, or with the one before. */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #request: FollowRequest;
  readonly #looking: Trouble;
  readonly #preparing: Trouble;
  /** Decision and head that were logged last. */
  #said = "";

  constructor(request: FollowRequest, parts: FollowerParts) {
    this.#request = request;
    this.#parts = parts;
    this.#looking = new Trouble(parts, 0);
    this.#preparing = new Trouble(parts, request.everyMs);
  }

  /** Looks once, and brings up what is new. */
  async check(signal: AbortSignal): Promise<CheckResult> {
    const head = await this.#looking.during("", () => this.#parts.look(signal), signal);
    if (head === undefined) return "behind";
    const memory = this.#remembered();
    const decision = decide(memory, head.id, this.#parts.now());
    if (decision === "live") return "live";
    if (decision === "try") return this.#attempt(memory, head, signal);
    const { reason = "", bad = false } = memory.tried ?? {};
    if (this.#said !== decision + head.id) {
      this.#parts.log("info", decision, { ...head, reason });
    }
    this.#said = decision + head.id;
    await this.#alert({ head, reason, bad });
    return "behind";
  }

  async #attempt(memory: Memory, head: Head, signal: AbortSignal): Promise<CheckResult> {
    const { prepare, log, now, folder } = this.#parts;
    if (this.#said !== head.id) log("info", "new", { ...head, live: memory.live });
    this.#said = head.id;
    const prepared = await this.#preparing.during(
      head.id,
      async () => {
        await prepare(head, signal);
        return true;
      },
      signal,
    );
    if (signal.aborted) return "behind";
    if (prepared === undefined) {
      await this.#alert({ head, reason: this.#preparing.text, bad: false });
      return "behind";
    }
    const trying = begun(memory, head.id, now(), this.#request);
    writeMemory(folder, trying);
    return this.#bringUp(trying, head);
  }

  async #bringUp(trying: Memory, head: Head): Promise<CheckResult> {
    const { up, log, now, folder } = this.#parts;
    const { tries, bad, next } = trying.tried ?? { tries: 1, bad: false, next: "" };
    log("info", "up", { ...head, try: tries });
    const began = now().getTime();
    const result = await up(head);
    const facts = { ...head, seconds: (now().getTime() - began) / 1000, log: result.log };
    if (result.ok) {
      writeMemory(folder, { live: head.id, tried: null });
      log("info", "live", facts);
      await this.#alert(null);
      return "live";
    }
    const { reason } = result;
    writeMemory(folder, failed(trying, reason));
    log("error", "failed", { ...facts, try: tries, reason, ...(bad ? { bad } : { next }) });
    await this.#alert({ head, reason, bad });
    return "behind";
  }

  /** The memory, with what a person has asked to be tried again. */
  #remembered(): Memory {
    const { folder, log } = this.#parts;
    const memory = readMemory(folder);
    const asked = join(folder, retryFile);
    if (!existsSync(asked)) return memory;
    const { live, tried } = memory;
    rmSync(asked);
    if (tried === null) return memory;
    log("info", "retry", { id: tried.head });
    // It stays noted as a head whose up has not succeeded.
    const next = new Date(0).toISOString();
    const again: Memory = { live, tried: { ...tried, tries: 0, bad: false, next } };
    writeMemory(folder, again);
    return again;
  }

  async #alert(failure: Parameters<FollowerParts["alert"]>[0]): Promise<void> {
    try {
      await this.#parts.alert(failure);
    } catch (error) {
      this.#parts.log("warning", "alert", { reason: messageOf(error) });
    }
  }
}
