// @module-tag long
// Django as its own guides deploy it, with forced HTTPS and a list of hosts.
import { foreignApp } from "../support/foreign-app.js";

const connects = "import socket; socket.create_connection(('127.0.0.1', 8000), 3)";

await foreignApp({
  fixture: "django",
  settings: {
    app: {
      port: 8000,
      // In the place of the sample app's command, which the project's defaults name; there is neither wget nor curl.
      health: { path: "/health/", readyPath: "/health/", command: ["python3", "-c", connects] },
      migrate: { command: ["python3", "manage.py", "migrate", "--noinput"] },
      tmp: { size: "128MiB" },
      secrets: ["SECRET_KEY"],
    },
    secrets: { SECRET_KEY: { generate: { length: 50 } } },
  },
  table: "shop_order",
  uploadMiB: 60,
});
