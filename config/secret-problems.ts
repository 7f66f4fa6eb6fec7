import { X509Certificate } from "node:crypto";
import { givenCertificates } from "#components/proxy/haproxy/certificate-files";
import { leastPassword } from "#components/proxy/haproxy/private-paths";
import { passwordNames } from "#components/proxy/problems";
import { certificateProblems } from "#components/proxy/tls-problems";
import {
  secretProblems as problemsOfSecrets,
  type SecretSource,
} from "#components/secrets/settings";
import { asksOthers, injectedSecrets } from "./secret-source.js";
import { proxyWithPage } from "./private-paths.js";
import type { Settings } from "./settings.js";
import { serviceFile } from "#lib/libpq";
import { isSealed, type SealedSource } from "#lib/sealed";
import { problem } from "#lib/settings";

/**
 * Problems with the stack's required secrets, a line each; no value stands in them.
 *
 * @param now the time at which the proxy's certificate has to be valid; null: whenever that is
 */
export function secretProblems(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  projectDirectory = process.cwd(),
  sealed: SealedSource = () => undefined,
  now: Date | null = new Date(),
): string[] {
  const { source, problems: ofSources } = injectedSecrets(settings, environment, projectDirectory);
  const advice = (variable: string) => whereToSet(settings, variable);
  if (ofSources.length > 0) {
    // What is missing may be in the source that does not answer; what is there can be wrong all the same.
    const there = Object.entries(settings.secrets).filter(
      ([name]) => textOf(settings, name, source, sealed) !== undefined,
    );
    const found = problemsOfSecrets(Object.fromEntries(there), source, sealed, advice);
    return [...ofSources, ...found];
  }
  const problems = problemsOfSecrets(settings.secrets, source, sealed, advice);
  return [
    ...problems,
    ...externalUrlProblems(settings, source, sealed),
    ...passwordProblems(settings, source, sealed),
    ...authorityProblems(settings, source, sealed),
    ...tlsProblems(settings, source, sealed, now).filter(
      // That it is missing, say, is one problem, not two.
      (each) => !problems.some((said) => said.split(":")[0] === each.split(":")[0]),
    ),
  ];
}

/** Returns the advice for a secret whose value is missing or wrong. */
function whereToSet(settings: Settings, variable: string): string {
  if (!asksOthers(settings)) return `set ${variable} in the environment of this command`;
  const kinds = settings.secretSources.map((each) => Object.keys(each).join());
  return `set ${variable} in ${kinds.join(", or ")} (secretSources)`;
}

/** The proxy's certificates of the user's own, each with chain and key; without those that are not given, or sealed. */
export function certificateTexts(settings: Settings, source: SecretSource): string[] {
  return givenCertificates(settings.proxy).flatMap(
    ({ secret }) => textOf(settings, secret, source, () => undefined) ?? [],
  );
}

function tlsProblems(
  settings: Settings,
  source: SecretSource,
  sealed: SealedSource,
  now: Date | null,
): string[] {
  const { proxy, secrets } = settings;
  return givenCertificates(proxy).flatMap((given) => {
    const secret = secrets[given.secret];
    if (secret === undefined) return [];
    const text = textOf(settings, given.secret, source, sealed);
    // What is sealed only the program opens.
    if (text === undefined && isSealed(secret.value)) return [];
    return certificateProblems(given, text, now ?? undefined);
  });
}

/** The value of a secret that is given; undefined where it is generated, missing, or not opened here. */
function textOf(
  { secrets }: Settings,
  name: string,
  source: SecretSource,
  sealed: SealedSource,
): string | undefined {
  const { value, generate, variable } = secrets[name] ?? {};
  if (generate !== undefined) return undefined;
  return isSealed(value) ? sealed(value.secure) : source(variable ?? name);
}

/** A password of a private path can be tried from anywhere. */
function passwordProblems(
  settings: Settings,
  source: SecretSource,
  sealed: SealedSource,
): string[] {
  return passwordNames(proxyWithPage(settings)).flatMap((name) => {
    const text = textOf(settings, name, source, sealed);
    if (text === undefined && settings.secrets[name]?.optional === true) {
      const missing = "is missing, and guards a private path";
      return [problem(`secrets.${name}`, missing, "give it a value, or have it generated")];
    }
    // One that is not there, or empty, has its own problem.
    if (text === undefined || text === "" || text.length >= leastPassword) return [];
    const wrong = `is shorter than ${String(leastPassword)} characters, and guards a private path`;
    return [problem(`secrets.${name}`, wrong, "take a longer one, or have it generated")];
  });
}

/** Returns the problem of the authority: a text that is no certificate would end the first connection, with an error that does not name it. */
function authorityProblems(
  settings: Settings,
  source: SecretSource,
  sealed: SealedSource,
): string[] {
  const { caSecret: name } = settings.database;
  const secret = name === undefined ? undefined : settings.secrets[name];
  if (name === undefined || secret === undefined) return [];
  const text = secret.generate === undefined ? textOf(settings, name, source, sealed) : "";
  if (text === undefined || isCertificate(text)) return [];
  const advice = "paste the authority's certificates as PEM (-----BEGIN CERTIFICATE-----)";
  return [problem(`secrets.${name}`, "holds no certificate", advice)];
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

/** Returns the problems of an external URL: migrations and dumps of that database work by libpq. */
function externalUrlProblems(
  settings: Settings,
  source: SecretSource,
  sealed: SealedSource,
): string[] {
  const { app, backup, database, secrets } = settings;
  if (app.migrate === undefined && !backup.enabled) return [];
  return [database.externalUrlSecret, database.backupUrlSecret].flatMap((name) => {
    const secret = name === undefined ? undefined : secrets[name];
    if (name === undefined || secret === undefined) return [];
    const url = secret.generate === undefined ? textOf(settings, name, source, sealed) : "";
    // That it is missing is said already, and what is sealed only the program opens.
    if (url === undefined || serviceFile(url) !== undefined) return [];
    const advice = "write postgresql://user:password@host:port/database";
    return [problem(`secrets.${name}`, "is not the URL of a PostgreSQL database", advice)];
  });
}
