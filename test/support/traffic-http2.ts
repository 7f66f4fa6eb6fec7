// HTTP/2 over TLS: one connection that is kept, with several requests on it at once.
import { connect, type ClientHttp2Session } from "node:http2";

/** What an HTTP/2 client saw. */
export interface Http2Traffic {
  /** Requests that were answered with 200. */
  readonly answered: number;
  /** A line for each that was not. */
  readonly failed: readonly string[];
}

/** Asks without a pause on one connection until it is stopped. Nothing is asked twice. */
export function http2Traffic(port: number) {
  const stopping = new AbortController();
  const failed: string[] = [];
  let answered = 0;
  // Whoever made the certificate: it is the proxy's own.
  const session = connect(`https://localhost:${port}`, { rejectUnauthorized: false });
  session.on("error", (error) => failed.push(`the connection: ${String(error)}`));
  session.on("goaway", (code) => failed.push(`the connection: the proxy said goodbye (${code})`));
  const client = async (path: string) => {
    while (!stopping.signal.aborted && !session.destroyed) {
      try {
        const status = await ask(session, path);
        if (status === 200) answered += 1;
        else failed.push(`http2 ${path} ${status}`);
      } catch (error) {
        failed.push(`http2 ${path}: ${String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const clients = ["/api/notes", "/version", "/slow?ms=1200"].map(client);
  return {
    stop: async (): Promise<Http2Traffic> => {
      stopping.abort();
      await Promise.all(clients);
      session.close();
      return { answered, failed };
    },
  };
}

function ask(session: ClientHttp2Session, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path });
    let status = 0;
    stream.setTimeout(15_000, () => {
      stream.destroy(new Error("took longer than 15 s"));
    });
    stream.on("response", (headers) => {
      status = headers[":status"] ?? 0;
    });
    stream.on("error", reject);
    stream.on("close", () => {
      // A stream that is reset without an error has no status.
      if (status === 0) reject(new Error("ended without an answer"));
    });
    stream.on("end", () => {
      resolve(status);
    });
    stream.resume();
    stream.end();
  });
}
