// @module-tag long
// Rails as its own guides deploy it, with a schema a tenant.
import { foreignApp } from "../support/foreign-app.js";

const connects = "require 'socket'; TCPSocket.new('127.0.0.1', 3000).close";

await foreignApp({
  fixture: "rails",
  settings: {
    app: {
      port: 3000,
      health: {
        path: "/health/",
        readyPath: "/health/",
        command: ["ruby", "-e", connects],
        timeout: "10s",
      },
      migrate: { command: ["rake", "db:migrate"] },
      // An upload is in /tmp twice: as Puma reads the request, and as Rack takes the file out of it.
      tmp: { size: "512MiB" },
      memory: "1GiB",
      secrets: ["SECRET_KEY_BASE"],
    },
    secrets: { SECRET_KEY_BASE: { generate: { length: 64 } } },
  },
  table: "orders; DELETE FROM tenant_one.invoices",
  uploadMiB: 200,
});
