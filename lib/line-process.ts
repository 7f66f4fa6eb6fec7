import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { PassThrough } from "node:stream";

/** The end of a program: its exit code, 127 when it could not be started, 128 when a signal ended it. */
export interface LineEnd {
  readonly code: number;
  readonly stderr: string;
}

/**
 * A program that is spoken with: texts go in, lines and bytes come out. What is written to one that has ended is lost:
 * the next read says that it has.
 */
export class LineProcess {
  /** Settled when it has ended and all that it wrote was read. */
  readonly ended: Promise<LineEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #stream: PassThrough;
  readonly #output: AsyncIterator<Buffer>;
  #read: Buffer = Buffer.alloc(0);

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    // Read from its start on: what nobody reads of one that ends, Node throws away.
    this.#stream = child.stdout.pipe(new PassThrough());
    this.#output = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const errors: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    // One that is gone says so by its end.
    child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      const stderr = () => Buffer.concat(errors).toString("utf8").trim();
      child.once("error", (error) => {
        resolve({ code: 127, stderr: error.message });
      });
      child.once("close", (code) => {
        resolve({ code: code ?? 128, stderr: stderr() });
      });
    });
  }

  /** Gives it a text on its standard input. */
  write(text: string): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(text);
  }

  /** Its next line, without the end of the line; undefined where it has ended. */
  async line(): Promise<string | undefined> {
    let end = this.#read.indexOf("\n");
    while (end < 0) {
      if (!(await this.#more())) return undefined;
      end = this.#read.indexOf("\n");
    }
    const line = this.#read.subarray(0, end).toString("utf8");
    this.#read = this.#read.subarray(end + 1);
    return line;
  }

  /** Its next so many bytes as text; undefined where it has ended before. */
  async text(bytes: number): Promise<string | undefined> {
    while (this.#read.length < bytes) if (!(await this.#more())) return undefined;
    const text = this.#read.subarray(0, bytes).toString("utf8");
    this.#read = this.#read.subarray(bytes);
    return text;
  }

  /** Closes its standard input, and waits for its end. */
  async close(): Promise<LineEnd> {
    this.#child.stdin.end();
    // Nobody reads it any more; unread, it would not end.
    this.#stream.resume();
    return this.ended;
  }

  async #more(): Promise<boolean> {
    const next = await this.#output.next();
    if (next.done === true) return false;
    this.#read = Buffer.concat([this.#read, next.value]);
    return true;
  }
}
