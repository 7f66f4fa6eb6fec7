// @module-tag long
// A Go program in an image from nothing, whose library demands TLS of the database.
import { foreignApp } from "../support/foreign-app.js";

await foreignApp({
  fixture: "go",
  settings: {
    app: {
      port: 8080,
      health: { path: "/health/", readyPath: "/health/", command: ["/shop", "healthy"] },
      migrate: { command: ["migrate"] },
      tmp: { size: "256MiB" },
      variables: { databaseCa: "DATABASE_CA" },
      databaseUrlParameters: { sslmode: "verify-full", sslrootcert: "/run/secrets/DATABASE_CA" },
      secrets: [],
    },
    postgres: { tls: true },
  },
  table: "orders",
  uploadMiB: 200,
});
