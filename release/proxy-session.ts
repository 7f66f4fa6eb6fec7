import { openDocker, type Docker, type Spoken } from "#lib/docker";
import { StepFailure } from "./step-failure.js";

/** Output of a verb of the proxy's script `session`, and its exit code. */
export interface Answer {
  readonly code: number;
  readonly text: string;
}

/** The conversation ended before the answer: the proxy has ended, or the way to it has. */
export class ProxyGone extends Error {}

/** One conversation with the script `session` of a proxy's container. */
export interface Conversation {
  /** @throws ProxyGone */
  act(args: readonly string[], input?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Opens a conversation with a proxy's container. */
export type Converse = (docker: Docker, container: string) => Conversation;

/** Speaks with the script in the container, by `docker exec`. */
export const converse: Converse = (docker, container) => {
  const args = ["exec", "--interactive", container, "/usr/local/bin/session"];
  return conversationWith(openDocker(docker, args));
};

/** A conversation with a process that speaks as the script does. */
export function conversationWith(process: Spoken): Conversation {
  const gone = async () => {
    const { code, stderr } = await process.close();
    return new ProxyGone(stderr === "" ? `it ended with ${String(code)}` : stderr);
  };
  const act = async ([verb = "", ...args]: readonly string[], input: string) => {
    // They are a line, and parted by spaces.
    const odd = [verb, ...args].find((each) => !/^\S+$/.test(each));
    if (odd !== undefined) throw new Error(`"${odd}" can't be a word of an act.`);
    process.write([verb, String(Buffer.byteLength(input)), ...args].join(" ") + "\n" + input);
    const head = await process.line();
    if (head === undefined) throw await gone();
    const [code = NaN, bytes = NaN] = head.split(" ").map(Number);
    const text = await process.text(bytes);
    if (text === undefined) throw await gone();
    return { code, text };
  };
  // One act after the other: two that are asked for at once would take each other's answers.
  let last: Promise<unknown> = Promise.resolve();
  return {
    act: (args, input = "") => {
      const next = last.then(() => act(args, input));
      last = next.catch(() => undefined);
      return next;
    },
    close: async () => {
      await process.close();
    },
  };
}

/** Files of the proxy's volume that a release writes. */
export const proxyFiles = {
  configuration: "haproxy.cfg",
  /** Configuration that was in service before the switch, until the release is done. */
  previous: "previous.cfg",
  previousChecks: "previous-checks.map",
  previousAnswers: "previous-answers.json",
  /** Answers that HAProxy had counted when what serves now took the traffic. */
  takeover: "takeover.json",
  /** Path that HAProxy's check of a server asks for, by the server's name. */
  checks: "checks.map",
} as const;

/** Acts in a proxy's container, as verbs of the script `session`. */
export class ProxySession {
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Commands of HAProxy's admin socket, all before any command of another client. */
  admin(commands: readonly string[]): Promise<string> {
    return this.#text(["admin"], `${commands.join(";")}\n`);
  }

  /** As `admin`, for one command; undefined where HAProxy does not answer. */
  async tryAdmin(command: string): Promise<string | undefined> {
    const { code, text } = await this.#conversation.act(["admin"], `${command}\n`);
    return code === 0 && text.trim() !== "" ? text : undefined;
  }

  /** Loads the configuration of the volume; whether HAProxy took it, and what it said. */
  async reload(): Promise<{ readonly taken: boolean; readonly said: string }> {
    const said = await this.#text(["master"], "reload\n");
    return { taken: said.includes("Success=1"), said };
  }

  /** Returns the problem of a configuration, by HAProxy's message; undefined where there is none. */
  async problems(configuration: string): Promise<string | undefined> {
    const { code, text } = await this.#conversation.act(["check"], configuration);
    return code === 0 ? undefined : text.trim();
  }

  /** A file of the volume; empty where there is none. */
  read(file: string): Promise<string> {
    return this.#text(["read", file]);
  }

  async write(file: string, text: string): Promise<void> {
    await this.#text(["write", file], text);
  }

  async remove(file: string): Promise<void> {
    await this.#text(["remove", file]);
  }

  /** The configuration that HAProxy runs on: it differs from the file's after a step that was killed. */
  running(): Promise<string> {
    return this.#text(["running"]);
  }

  /** Returns the time at which a file of the volume was last written, in UTC. */
  async modified(file: string): Promise<string> {
    return (await this.#text(["modified", file])).trim();
  }

  async noteRunning(file: string): Promise<void> {
    await this.#text(["runs", file]);
  }

  /** The newest records of releases as they are written, a line of JSON each. */
  async records(count?: number): Promise<string[]> {
    const args = count === undefined ? ["records"] : ["records", String(count)];
    return linesOf(await this.#text(args));
  }

  /** The addresses that host names stand for now; none too where Docker's DNS has just not answered. */
  async addresses(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const lines = linesOf(await this.#text(["resolve"], names.join("\n")));
    const pairs = lines.map((line) => line.split(" ") as [string, string]);
    return new Map(
      names.map((name) => [
        name,
        pairs.filter(([of]) => of === name).map(([, address]) => address),
      ]),
    );
  }

  /** Those of some `<host>:<port>` that take no connection within two seconds. */
  async unreachable(targets: readonly string[]): Promise<string[]> {
    return linesOf(await this.#text(["connect", "2"], targets.join("\n")));
  }

  /** Returns the number of requests in progress to some addresses. */
  async streams(addresses: readonly string[]): Promise<number> {
    return Number((await this.#text(["streams"], addresses.join("\n"))).trim());
  }

  /** Returns curl's output, and its exit code. @param configuration in the form of curl's own file */
  fetch(configuration: string): Promise<Answer> {
    return this.#conversation.act(["fetch"], configuration);
  }

  async prepare(args: readonly string[]): Promise<void> {
    await this.#text(["prepare", ...args]);
  }

  /**
   * Puts a certificate into service, or has it ready where no configuration names it yet.
   * @param pem certificate, chain and key
   * @throws StepFailure where HAProxy does not take it; the one of before serves then
   */
  async takeCertificate(name: string, pem: string): Promise<void> {
    await this.#text(["take", name], pem);
  }

  /** Does something while nobody else does the like. @throws StepFailure where it is taken for so many seconds */
  async locked<T>(name: string, seconds: number, work: () => Promise<T>): Promise<T> {
    const { code } = await this.#conversation.act(["lock", name, String(seconds)]);
    if (code !== 0) {
      throw new StepFailure(
        `proxy: another one has had its lock "${name}" for ${String(seconds)} s`,
      );
    }
    try {
      return await work();
    } finally {
      await this.#conversation.act(["unlock", name]).catch((error: unknown) => {
        // A conversation that has ended holds no lock.
        if (!(error instanceof ProxyGone)) throw error;
      });
    }
  }

  close(): Promise<void> {
    return this.#conversation.close();
  }

  async #text(args: readonly string[], input?: string): Promise<string> {
    const { code, text } = await this.#conversation.act(args, input);
    if (code === 0) return text;
    throw new StepFailure(
      `proxy: ${args.join(" ")}: it ended with ${String(code)}: ${text.trim()}`,
    );
  }
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
