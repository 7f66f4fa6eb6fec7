// Every setting that takes a text: whether it may be sealed, and what is said where it may not.
import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { deepMerge } from "#lib/merge";
import { SettingsError } from "#lib/settings";
import { settingsSchema, type JsonSchema } from "#scripts/settings-schema";
import { nested, placeOf } from "./support/canaries.js";

const clear = { environment: "local", app: { name: "shop", image: "shop:1.0" } };
/** Without an image a service needs a command of its own. */
const whole = { services: { name: { image: "tool:1.0" } } };

/** What is said where the text at this path is sealed; undefined where it is taken. */
function refusal(path: string): string | undefined {
  const at = placeOf(path, "NAME");
  try {
    const base = at.startsWith("services.") ? deepMerge(clear, whole) : clear;
    settingsFrom(deepMerge(base, nested(at.split("."), { secure: "v1:a:b" })));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const own = error.problems.filter((each) => each.startsWith(`${at}: `));
    expect([path, own.length]).toEqual([path, 1]);
    return own[0]?.slice(at.length + 2);
  }
  return undefined;
}

/** Paths of all settings that take a text. */
function textPaths(schema: JsonSchema, path = ""): string[] {
  const { properties, items, additionalProperties: record, anyOf } = schema;
  const all = [
    ...(takesText(schema) || anyOf?.some(takesText) === true ? [path] : []),
    ...Object.entries(properties ?? {}).flatMap(([key, each]) =>
      // That of a sealed text itself.
      key === "secure" ? [] : textPaths(each, path === "" ? key : `${path}.${key}`),
    ),
    ...(items === undefined ? [] : textPaths(items, `${path}[]`)),
    ...(typeof record === "object" ? textPaths(record, `${path}.NAME`) : []),
    ...(anyOf ?? []).filter((each) => !takesText(each)).flatMap((each) => textPaths(each, path)),
  ];
  return [...new Set(all)];
}

// JSON Schema takes a list of types as well.
const takesText = ({ type }: JsonSchema) => [type].flat().includes("string");

const named =
  "is sealed, but it is the name of a secret; write a name, and seal the value itself: `pulumi config set --secret --path keelson:secrets.NAME.value`";
const argument =
  "is sealed, but `docker inspect` and `ps` show a command's arguments; name a secret in app.secrets, and let the command read its file or variable";
const toClients =
  "is sealed, but every client gets it; write it in clear; what only the app may know is a variable of app.env";
const logged =
  "is sealed, but logs of requests show a URL's path and query; use a path that answers without a secret";
/** Of a size, a time, a name, one of a list: no one takes it for a secret. */
const plain =
  "is sealed, and no secret can be there; write it in clear; sealed may be app.env.NAME, services.NAME.env.NAME, secrets.NAME.value";

const answered =
  "is sealed, but everybody who asks for the same path gets the same answer; expect a value that is no secret";

const said: Readonly<Record<string, string>> = {
  "app.image":
    "is sealed, but `docker ps` shows the image's name; write it in clear; a registry's password is given to `docker login`",
  "app.build.args.NAME":
    "is sealed, but build arguments stay in the image, whose history shows them; name a secret in app.build.secrets, and mount it: RUN --mount=type=secret,id=NAME",
  "app.build.secrets[]": named,
  "app.command[]": argument,
  "app.dev.command[]": argument,
  "app.secrets[]": named,
  "app.health.path": logged,
  "app.health.readyPath": logged,
  "app.health.command[]": argument,
  "app.migrate.command[]": argument,
  "services.NAME.image":
    "is sealed, but `docker ps` shows the image's name; write it in clear; a registry's password is given to `docker login`",
  "services.NAME.build.args.NAME":
    "is sealed, but build arguments stay in the image, whose history shows them; name a secret in services.<name>.build.secrets, and mount it: RUN --mount=type=secret,id=NAME",
  "services.NAME.build.secrets[]": named,
  "services.NAME.command[]": argument,
  "services.NAME.secrets[]": named,
  "services.NAME.health.path": logged,
  "services.NAME.health.command[]": argument,
  "jobs.NAME.command[]": argument,
  "jobs.NAME.http.path": logged,
  "jobs.NAME.http.headers.NAME":
    "is sealed, but the list of jobs is no secret; name a secret in http.bearerSecret",
  "jobs.NAME.http.bearerSecret": named,
  "jobs.NAME.heartbeatSecret": named,
  "postgres.parameters.NAME":
    "is sealed, but whoever may connect can read it with SHOW, and `docker inspect` shows it; choose a parameter that holds no secret, or one that names a file",
  "database.caSecret": named,
  "database.backupUrlSecret": named,
  "database.externalUrlSecret": named,
  "backup.passphraseSecret": named,
  "backup.repositories[].caSecret": named,
  "backup.repositories[].accessKeySecret": named,
  "backup.repositories[].secretKeySecret": named,
  "backup.drill.checks[].sql":
    "is sealed, but a drill's report and the server's log show its queries; compare with something that is no secret, such as a count",
  "backup.drill.heartbeatSecret": named,
  "backup.verify.heartbeatSecret": named,
  "backup.watch.heartbeatSecret": named,
  "backup.heartbeatSecret": named,
  "proxy.tls.certificateSecret": named,
  "proxy.tls.certificates[].certificateSecret": named,
  "proxy.tls.acme.directory":
    "is sealed, but certbot gets the server's URL as an argument; give the CA's key as proxy.tls.acme.externalAccount, which names secrets",
  "proxy.tls.acme.externalAccount.keyIdSecret": named,
  "proxy.tls.acme.externalAccount.hmacKeySecret": named,
  "proxy.tls.acme.heartbeatSecret": named,
  "proxy.healthPath": logged,
  "proxy.privatePaths[].passwordSecret": named,
  "proxy.headers.permissionsPolicy": toClients,
  "proxy.headers.contentSecurityPolicy": toClients,
  "proxy.maintenance.page": toClients,
  "release.smoke[].path": logged,
  "release.smoke[].json.NAME": answered,
  "release.smoke[].text": answered,
  "release.smoke[].answerHeaders.NAME": answered,
  "release.smoke[].body":
    "is sealed, but a check stands in the state and in the release's record; take a request without one; a header may be a secret, by secretHeaders",
  "app.migrate.env.NAME":
    "is sealed, but a migration's own variables stand in the state; seal app.env.NAME, which it gets as well",
  "app.databaseUrlParameters.NAME":
    "is sealed, but a parameter of the URL stands in the state; make the whole URL of the parts (app.variables.databaseHost …) in the app",
  "app.metrics.path": logged,
  "services.NAME.metrics.path": logged,
  "services.NAME.metrics.tokenSecret": named,
  "app.metrics.tokenSecret": named,
  "monitoring.publicUrl":
    "is sealed, but it is asked for in clear; write the site's address without a secret in it",
  "monitoring.alerts.smtp.username":
    "is sealed, but it is no secret for the mail server; write it in clear; the password is a secret that passwordSecret names",
  "monitoring.alerts.pagerduty.url":
    "is sealed, but it is the same for every customer; the key is what is secret; write it in clear, and the key as a secret that routingKeySecret names",
  "monitoring.remoteWrite.url":
    "is sealed, but it is the receiver's address; write it in clear, and the token as a secret that tokenSecret names",
  "monitoring.remoteWrite.username":
    "is sealed, but it is no secret for the receiver; write it in clear; the password is a secret that passwordSecret names",
  "monitoring.page.passwordSecret": named,
  ...Object.fromEntries(
    ["passwordSecret", "tokenSecret", "caSecret"].map((each) => [
      `monitoring.remoteWrite.${each}`,
      named,
    ]),
  ),
  ...Object.fromEntries(
    [
      "smtp.passwordSecret",
      "webhook.urlSecret",
      "webhook.bearerSecret",
      "slack.urlSecret",
      "ntfy.urlSecret",
      "ntfy.tokenSecret",
      "pagerduty.routingKeySecret",
      "heartbeatSecret",
    ].map((each) => [`monitoring.alerts.${each}`, named]),
  ),
  ...Object.fromEntries(
    [
      ...["doppler.project", "doppler.config", "sops.file", "sops.ageKeyFile"],
      ...["onePassword.vault", "onePassword.item", "onePassword.account"],
      ...["vault.mount", "vault.path", "vault.namespace"],
      ...["infisical.project", "infisical.environment", "infisical.path"],
      ...["aws.secret", "aws.prefix", "aws.region", "aws.profile"],
      ...["gcp.project", "gcp.prefix", "command.command[]"],
    ].map((each) => [
      `secretSources[].${each}`,
      "is sealed, but it says where secrets are, which is asked before anything is opened; write it in clear; the credential of a source is a variable of the environment, such as DOPPLER_TOKEN",
    ]),
  ),
  ...Object.fromEntries(
    ["syslog.caSecret", "http.caSecret", "http.tokenSecret"].map((each) => [
      `logs.ship.${each}`,
      named,
    ]),
  ),
  "logs.ship.http.url":
    "is sealed, but it is the receiver's address; write it in clear, and the token as a secret that tokenSecret names",
  "logs.ship.http.header":
    "is sealed, but it is the name of a header; write it in clear, and the token as a secret that tokenSecret names",
  "docker.host":
    "is sealed, but every command asks it before anything is opened; write it in clear; its keys are those of SSH, or in DOCKER_CERT_PATH",
};

describe("a sealed text", () => {
  const schema = settingsSchema();
  const paths = textPaths(schema);

  it("is taken, or refused with what makes the setting public and where a secret goes instead", () => {
    expect(paths.length).toBeGreaterThan(100);
    const decided = Object.fromEntries(paths.map((path) => [path, refusal(path)]));
    expect(Object.keys(decided).filter((path) => decided[path] === undefined)).toEqual([
      "app.env.NAME",
      "services.NAME.env.NAME",
      "secrets.NAME.value",
    ]);
    const own = Object.entries(decided).filter(([, text]) => text !== undefined && text !== plain);
    expect(Object.fromEntries(own)).toEqual(said);
  });

  it("is refused with a way out wherever a text may be of any form", () => {
    const free = paths.filter((path) => isFree(schemaAt(schema, path)));
    expect(free.filter((path) => refusal(path) === plain)).toEqual(publicByName);
  });
});

/** Texts of any form that no one takes for a secret: names of stages, folders, versions, images and environments. */
const publicByName = [
  "app.build.context",
  "app.build.dockerfile",
  "app.build.target",
  "app.dev.mounts[].source",
  "app.version",
  "app.gitSha",
  "app.logLevel",
  ...["local", "preview", "prod"].map((each) => `app.environmentNames.${each}`),
  ...["build.context", "build.dockerfile", "build.target", "logLevel"].map(
    (each) => `services.NAME.${each}`,
  ),
  ...["schedule", "timeZone"].map((each) => `jobs.NAME.${each}`),
  ...["base", "revision", "postgres", "proxy", "jobs", "acme", "backup", "redis", "monitoring"]
    .concat("page", "logs", "runner")
    .map((each) => `images.${each}`),
  "secrets.NAME.pattern",
  ...["schedule", "full", "differential", "volumes"].map((each) => `backup.${each}`),
  ...["latest", "random", "offsite"].map((each) => `backup.drill.${each}`),
  "backup.drill.checks[].name",
  "backup.verify.schedule",
  "proxy.tls.acme.schedule",
  "monitoring.rules[]",
];

function isFree(schema: JsonSchema & { readonly pattern?: string }): boolean {
  const { type, pattern, format, enum: list } = schema;
  return type === "string" && [pattern, format, list].every((each) => each === undefined);
}

function schemaAt(schema: JsonSchema, path: string): JsonSchema {
  return path.split(/\.|(?=\[\])/).reduce<JsonSchema>((inner, part) => {
    const { additionalProperties: record, properties, items } = inner;
    const under = part === "[]" ? items : (properties?.[part] ?? record);
    return typeof under === "object" ? under : {};
  }, schema);
}
