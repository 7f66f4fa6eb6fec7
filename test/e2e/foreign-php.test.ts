// @module-tag long
// PHP in Apache, with PDO and the parts of the database's address.
import { foreignApp } from "../support/foreign-app.js";

const connects = "exit(fsockopen('127.0.0.1', 8080, $code, $text, 3) ? 0 : 1);";

await foreignApp({
  fixture: "php",
  settings: {
    app: {
      port: 8080,
      user: "33:33",
      health: { path: "/health/", readyPath: "/health/", command: ["php", "-r", connects] },
      migrate: { command: ["php", "/app/migrate.php"] },
      tmp: { size: "256MiB" },
      variables: {
        databaseHost: "DB_HOST",
        databasePort: "DB_PORT",
        databaseName: "DB_DATABASE",
        databaseUser: "DB_USERNAME",
        databasePassword: "DB_PASSWORD",
      },
      secrets: [],
    },
  },
  table: "orders",
  uploadMiB: 200,
});
