// An HTTP server that ends its requests before it stops.
import { createServer } from "node:http";

/** Answers requests by `routes`, functions by "METHOD /path"; stops on SIGTERM, then calls `stopped`. */
export function serve(port, routes, { before = () => false, stopped = () => {} } = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const answer = (status, body, headers = {}) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
      response.writeHead(status, { "content-type": type, ...headers }).end(text);
    };
    try {
      if (before(request, pathname, answer)) return;
      const route = routes[`${request.method} ${pathname}`];
      if (route === undefined) answer(404, { error: "not found" });
      else await route(answer, request);
    } catch (error) {
      console.error(JSON.stringify({ level: "error", path: pathname, message: error.message }));
      if (!response.headersSent) answer(500, { error: "internal" });
    }
  });
  server.listen(port);
  process.on("SIGTERM", () => {
    server.close(() => stopped());
    server.closeIdleConnections();
  });
  return server;
}

/** Ends the process where a required variable is missing. */
export function require(...names) {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length === 0) return;
  console.error(`missing required environment variables: ${missing.join(", ")}`);
  process.exit(1);
}
