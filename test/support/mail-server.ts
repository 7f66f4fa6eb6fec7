// A mail server that takes everything, on this machine.
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export interface MailServer {
  readonly port: number;
  /** Mails that came since it was last asked, headers and text. */
  readonly taken: () => string[];
  readonly close: () => void;
}

/** Starts one on every address of this machine. */
export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const server = createServer((socket) => {
    converse(socket, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, taken: () => mails.splice(0), close: () => server.close() };
}

/** SMTP as far as a client needs it that neither logs in nor encrypts. */
function converse(socket: Socket, take: (mail: string) => void): void {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let rest = "";
  let mail: string[] | undefined;
  socket.setEncoding("utf8");
  socket.on("error", () => undefined);
  say("220 sink ESMTP");
  socket.on("data", (part: string) => {
    const lines = (rest + part).split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (mail !== undefined && line === ".") {
        take(mail.join("\n"));
        mail = undefined;
        say("250 taken");
      } else if (mail !== undefined) mail.push(line);
      else if (/^DATA/i.test(line)) {
        mail = [];
        say("354 go on");
      } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
      else say("250 ok");
    }
  });
}
