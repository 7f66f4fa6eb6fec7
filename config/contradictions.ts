import { isPlain } from "#components/secrets/settings";
import { databasePartsProblems, platformVariables, secretNames } from "#components/app/environment";
import { devProblems } from "#components/app/dev-settings";
import { fileProblems } from "#components/app/files";
import { migrateProblems } from "#components/app/migrate-settings";
import { repositoryProblems } from "#components/backup/problems";
import { logsProblems } from "#components/logs/problems";
import { monitoringProblems } from "#components/monitoring/problems";
import { ownPorts } from "#components/proxy/haproxy/ports";
import { proxyProblems } from "#components/proxy/problems";
import { redisProblems } from "#components/redis/settings";
import { furtherProblems } from "#components/database/more";
import { volumeNameProblems } from "./backed-volumes.js";
import { databaseLoginProblems } from "./database-logins.js";
import { nameOfDatabase } from "./database-name.js";
import { urlVariables } from "./url-variables.js";
import { connectionProblems } from "./connections.js";
import { databaseTlsProblems } from "./database-tls.js";
import { databaseExtensionProblems } from "./extension-problems.js";
import { publishedPorts, secretsNamed } from "./facts.js";
import { jobProblems } from "./job-problems.js";
import { pageProblems } from "./page-problems.js";
import { productionProblems } from "./production.js";
import { rotationProblems } from "./rotation-problems.js";
import { routeProblems } from "./route-problems.js";
import { serviceProblems } from "./service-problems.js";
import type { Settings } from "./settings.js";
import { secretList } from "#lib/section-facts";
import { duplicates, problem } from "#lib/settings";
import { mebibytes } from "#lib/size";

/** Returns the contradictions between settings that are each right by themselves, a line each. */
export function contradictions(settings: Settings): string[] {
  return checks.flatMap((check) => check(settings));
}

type Check = (settings: Settings) => string[];

const checks: readonly Check[] = [
  imageOrBuild,
  connectionProblems,
  memory,
  ports,
  variables,
  secretsThatAreNotThere,
  volumes,
  volumeNameProblems,
  fileProblems,
  devProblems,
  ({ proxy }) => proxyProblems(proxy),
  ({ redis, backup }) => redisProblems(redis, backup.enabled),
  ({ backup, secrets }) =>
    repositoryProblems(
      backup,
      Object.keys(secrets).filter((name) => secrets[name]?.generate !== undefined),
    ),
  externalDatabase,
  (settings) => furtherProblems(settings.database.more, nameOfDatabase(settings)),
  databaseLoginProblems,
  databaseTlsProblems,
  databaseExtensionProblems,
  monitoringProblems,
  pageProblems,
  logsProblems,
  migrateProblems,
  productionProblems,
  serviceProblems,
  jobProblems,
  routeProblems,
  rotationProblems,
];

function imageOrBuild({ app }: Settings): string[] {
  if (app.image === undefined && app.build === undefined) {
    return [problem("app.image", "is missing", "set it, or app.build")];
  }
  if (app.image !== undefined && app.build !== undefined) {
    return [problem("app.image", "is set together with app.build", "keep one of them")];
  }
  return [];
}

function memory({ postgres }: Settings): string[] {
  // Measured idle backends take 2 to 4 MiB each; shared buffers are a quarter.
  const least = Math.ceil((postgres.maxConnections * 2) / 0.75);
  if (mebibytes(postgres.memory) >= least) return [];
  return [
    problem(
      "postgres.memory",
      `${postgres.memory} is too little for ${String(postgres.maxConnections)} connections`,
      `set ${String(least)}MiB or more, or lower postgres.maxConnections`,
    ),
  ];
}

function ports(settings: Settings): string[] {
  const { proxy, app } = settings;
  // A raw TCP port is the same inside the proxy's container as on the host.
  const proxyListens = ownPorts(proxy);
  // Once, though it may be published on several addresses.
  const bySetting = new Map(publishedPorts(settings).map(({ setting, port }) => [setting, port]));
  const used = [...bySetting];
  return [
    ...duplicates(used, "port"),
    ...proxy.tcp.flatMap((each, index) =>
      proxyListens.includes(each.port)
        ? [
            problem(
              `proxy.tcp[${String(index)}].port`,
              `${String(each.port)} is the proxy's own inside its container`,
              `choose another port than ${proxyListens.join(" and ")}`,
            ),
          ]
        : [],
    ),
    ...proxy.tcp.flatMap((each, index) =>
      each.target === app.port
        ? [
            problem(
              `proxy.tcp[${String(index)}].target`,
              `${String(each.target)} is the app's HTTP port`,
              "name the port on which the app speaks raw TCP",
            ),
          ]
        : [],
    ),
  ];
}

function variables(settings: Settings): string[] {
  const { app } = settings;
  const urls = urlVariables(settings);
  const platform = [...platformVariables(app), ...urls.map(([, name]) => name)];
  const taken = (path: string, names: readonly string[]) =>
    names
      .filter((name) => platform.includes(name))
      .map((name) =>
        problem(`${path}.${name}`, "is set by the platform", "remove it, or rename app.variables"),
      );
  const twice = app.secrets.filter((name) => name in app.env);
  return [
    ...duplicates(
      [
        ...Object.entries(app.variables).flatMap(([key, name]): [string, string][] =>
          name === null ? [] : [[`app.variables.${key}`, name]],
        ),
        ...urls,
      ],
      "variable",
    ),
    ...taken("app.env", Object.keys(app.env)),
    ...taken("app.secrets", app.secrets),
    ...twice.map((name) =>
      problem(`app.env.${name}`, "is a secret as well", "remove it here or in app.secrets"),
    ),
    ...Object.keys(app.migrate?.env ?? {})
      .filter((name) => secretNames(app).includes(name))
      .map((name) =>
        problem(`app.migrate.env.${name}`, "is a secret of the app as well", "rename one of them"),
      ),
    ...(app.secretsAs === "files" ? [...secretNames(app), ...urls.map(([, name]) => name)] : [])
      .filter((name) => `${name}_FILE` in app.env && !isPlain(settings.secrets, name))
      .map((name) =>
        problem(
          `app.env.${name}_FILE`,
          `is set by the platform, to the file of the secret ${name}`,
          "remove it, or rename one of them",
        ),
      ),
  ];
}

function secretsThatAreNotThere(settings: Settings): string[] {
  return [
    ...duplicates(secretList("app.secrets", settings.app.secrets), "secret"),
    ...secretsNamed(settings).flatMap(([path, name]) =>
      name === undefined || name in settings.secrets
        ? []
        : [problem(path, `"${name}" is not in secrets`, `add secrets.${name}, or correct it`)],
    ),
  ];
}

function volumes({ app, backup }: Settings): string[] {
  const marked = app.volumes.flatMap((each, index) => (each.backup ? [index] : []));
  return [
    ...(backup.enabled ? [] : marked).map((index) =>
      problem(
        `app.volumes[${String(index)}].backup`,
        "is true, and backup.enabled is not",
        "set both to the same",
      ),
    ),
    ...duplicates(
      app.volumes.map((each, index) => [`app.volumes[${String(index)}].name`, each.name]),
      "volume",
    ),
  ];
}

function externalDatabase({ database, app }: Settings): string[] {
  if (database.externalUrlSecret === undefined) {
    const ofExternal = {
      backupUrlSecret: database.backupUrlSecret !== undefined,
      excludeFromDumps: database.excludeFromDumps.length > 0,
    };
    const advice = "remove it, or set database.externalUrlSecret";
    return Object.entries(ofExternal).flatMap(([name, isSet]) =>
      isSet
        ? [problem(`database.${name}`, "is set, and the database is not external", advice)]
        : [],
    );
  }
  const further = Object.keys(database.more).map((name) =>
    problem(
      `database.more.${name}`,
      "is set, and the database is external",
      "make it there, and give the app its URL by app.secrets",
    ),
  );
  return [
    ...databasePartsProblems(app),
    ...further,
    ...(app.variables.databaseUrl === null
      ? [problem("app.variables.databaseUrl", "is null", "name the variable for the database URL")]
      : []),
  ];
}
