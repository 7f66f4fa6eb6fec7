// The environment, read and checked once.
import { readFileSync } from "node:fs";

const drivers = /^(?:postgres|postgresql|ecto)(?:\+[a-z0-9]+)?:\/\//;

/** A URL that node-pg understands, from the spelling of any framework (`postgresql+psycopg://`, `ecto://`). */
export function normaliseUrl(url) {
  if (!drivers.test(url)) {
    throw new Error("DATABASE_URL: not a PostgreSQL URL; it starts with postgres://");
  }
  const normal = url.replace(drivers, "postgres://");
  // Checked here, since the error that URL throws carries the password.
  if (!URL.canParse(normal))
    throw new Error("DATABASE_URL: not a URL; are its special characters escaped?");
  return normal;
}

function number(env, name, fallback) {
  const text = env[name] || String(fallback);
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name}: not a whole number`);
  return Number(text);
}

function path(env, name, fallback) {
  const text = env[name] || fallback;
  if (!text.startsWith("/")) throw new Error(`${name}: does not start with a slash`);
  return text;
}

function databaseUrl(env) {
  const file = env.DATABASE_URL_FILE;
  if (file && env.DATABASE_URL)
    throw new Error("DATABASE_URL and DATABASE_URL_FILE are both set; keep one");
  const url = file ? readFileSync(file, "utf8").trim() : env.DATABASE_URL;
  if (!url)
    throw new Error("DATABASE_URL: missing; set it, or DATABASE_URL_FILE to a file that holds it");
  return normaliseUrl(url);
}

const faults = ["none", "unhealthy", "smoke", "proxied", "errors", "slow"];

function fault(env) {
  const name = env.FAULT || "none";
  if (!faults.includes(name)) throw new Error(`FAULT: not one of ${faults.join(", ")}`);
  return name;
}

/** @throws Error that names the variable that is wrong, never its value. */
export function readSettings(env = process.env) {
  return {
    databaseUrl: databaseUrl(env),
    poolSize: number(env, "DATABASE_POOL_SIZE", 5),
    appName: env.APP_NAME || "sample-app",
    environment: env.APP_ENV || "local",
    version: env.APP_VERSION || "dev",
    gitSha: env.GIT_SHA || "unknown",
    logLevel: env.LOG_LEVEL || "info",
    port: number(env, "PORT", 3000),
    tcpPort: number(env, "TCP_PORT", 1982),
    healthPath: path(env, "HEALTH_PATH", "/health"),
    readyPath: path(env, "READY_PATH", "/ready"),
    versionPath: path(env, "VERSION_PATH", "/version"),
    // On demand: a release that is bad in a way that some gate must find.
    fault: fault(env),
  };
}
