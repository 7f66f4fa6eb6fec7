// What the clients of a load do. Nothing is asked twice.
import { Agent, request, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** The app's answer. */
export interface Answer {
  readonly version: string | undefined;
  /** It made an error as requested, and says so. */
  readonly onPurpose: boolean;
}

interface Question {
  readonly port: number;
  readonly path: string;
  readonly agent: Agent | false;
  /** A body that comes in parts. */
  readonly upload?: { readonly parts: number; readonly bytes: number; readonly everyMs: number };
}

const patienceMs = 20_000;

/** Asks the app by HTTP. @throws Error where the answer is not a whole one with status 200 */
export function ask(question: Question): Promise<Answer> {
  const { port, path, agent, upload } = question;
  return new Promise((resolve, reject) => {
    const headers = {
      host: `localhost:${port}`,
      ...(upload === undefined ? {} : { "content-length": upload.parts * upload.bytes }),
    };
    const method = upload === undefined ? "GET" : "POST";
    const to = { host: "127.0.0.1", port, path, method, agent, headers };
    const sent = request(to, (response) => {
      resolve(answered(response, path));
    });
    // Its own clock: an agent's begins when a connection is free.
    const late = setTimeout(() => {
      sent.destroy(new Error(`no answer within ${patienceMs / 1000} s`));
    }, patienceMs);
    sent.on("error", reject);
    sent.on("close", () => {
      clearTimeout(late);
    });
    if (upload === undefined) sent.end();
    else void sendParts(sent, upload);
  });
}

async function answered(response: IncomingMessage, path: string): Promise<Answer> {
  const version = response.headers["x-app-version"];
  const onPurpose = response.headers["x-fault"] !== undefined;
  const answer = { version: typeof version === "string" ? version : undefined, onPurpose };
  const ended = new Promise<void>((resolve, reject) => {
    response.on("end", resolve);
    response.on("error", reject);
  });
  response.resume();
  if (onPurpose) {
    // Refused before it was sent: what becomes of its connection is part of the error that was made on purpose.
    await ended.catch(() => undefined);
    return answer;
  }
  await ended;
  if (response.statusCode !== 200) throw new Error(`${path} ${response.statusCode ?? 0}`);
  return answer;
}

async function sendParts(
  sent: ReturnType<typeof request>,
  { parts, bytes, everyMs }: NonNullable<Question["upload"]>,
): Promise<void> {
  const part = Buffer.alloc(bytes, "x");
  for (let index = 0; index < parts && sent.writable; index += 1) {
    sent.write(part);
    await pause(everyMs);
  }
  if (sent.writable) sent.end();
}
