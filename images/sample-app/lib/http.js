// What every request needs: bodies with a limit, answers with their headers, errors with a status.

/** A failure that is the client's, with the status to answer. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The URL of a request. @throws HttpError 400 when it is none (`GET //`). */
export function requestUrl(request) {
  if (!URL.canParse(request.url, "http://app")) throw new HttpError(400, "not a URL");
  return new URL(request.url, "http://app");
}

/** The whole body as text. @throws HttpError 413 when it is longer than `limit` bytes. */
export async function readBody(request, limit = 64 * 1024) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new HttpError(413, `the body is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** How many bytes the body has; none of them is kept. */
export async function countBody(request) {
  let size = 0;
  for await (const chunk of request) size += chunk.length;
  return size;
}

/** Answers with text of a type. */
export function send(response, status, type, text, headers = {}) {
  const body = Buffer.from(text);
  response.writeHead(status, { "content-type": type, "content-length": body.length, ...headers });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** Answers with JSON. */
export function sendJson(response, status, value, headers = {}) {
  send(response, status, "application/json; charset=utf-8", `${JSON.stringify(value)}\n`, headers);
}
