import { problem } from "#lib/settings";
import type { Settings } from "./settings.js";

/** Modes in which a library connects by TLS or not at all, in whatever letters it writes them. */
const demanding = ["require", "verify-ca", "verifyca", "verify-full", "verifyfull"];

/** Returns the contradictions between the settings of the database's TLS, a line each. */
export function databaseTlsProblems({ app, postgres, database }: Settings): string[] {
  const isExternal = database.externalUrlSecret !== undefined;
  const hasAuthority = isExternal ? database.caSecret !== undefined : postgres.tls;
  const problems = [
    isExternal &&
      postgres.tls &&
      problem("postgres.tls", "is true, and the database is external", "remove it"),
    !isExternal &&
      database.caSecret !== undefined &&
      problem(
        "database.caSecret",
        "is set, and the database is Keelson's own, which has an authority of its own",
        "remove it, and set postgres.tls to true",
      ),
    app.variables.databaseCa !== null &&
      !hasAuthority &&
      problem(
        "app.variables.databaseCa",
        "is set, and there is no certificate authority",
        isExternal ? "set database.caSecret" : "set postgres.tls to true",
      ),
    ...(isExternal || postgres.tls ? [] : demanded(app.databaseUrlParameters)),
  ];
  return problems.filter((each) => each !== false);
}

/** A server without TLS refuses clients that demand it, and that only when the app starts. */
function demanded(parameters: Settings["app"]["databaseUrlParameters"]): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const isMode = /^ssl[ _]?mode$/i.test(name);
    if (!isMode || typeof value !== "string" || !demanding.includes(value.toLowerCase())) return [];
    const path = `app.databaseUrlParameters.${name}`;
    return [problem(path, `is ${value}, and the server has no TLS`, "set postgres.tls to true")];
  });
}
