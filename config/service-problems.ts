import { isPlain } from "#components/secrets/settings";
import { platformVariables, secretNames, sealedEnvironment } from "#components/app/environment";
import type { ServiceSettings } from "#components/service/settings";
import { isTested } from "#components/service/workload";
import { seconds } from "#lib/duration";
import { pageAddress } from "#lib/platform";
import { secretList } from "#lib/section-facts";
import { duplicates, problem } from "#lib/settings";
import { mebibytes } from "#lib/size";
import { mountProblems } from "#workload/mount-problems";
import { appAs, resolved } from "./services.js";
import type { Settings } from "./settings.js";
import { urlVariables } from "./url-variables.js";

/** Host names on a stack's networks that are taken. */
const taken = ["app", "postgres", "proxy", "localhost"];

/** Returns the problems of the services, by themselves and with the other settings, a line each. */
export function serviceProblems(settings: Settings): string[] {
  return Object.entries(settings.services).flatMap(([name, service]) =>
    checks.flatMap((check) => check({ name, path: `services.${name}`, service, settings })),
  );
}

interface Checked {
  readonly name: string;
  readonly path: string;
  readonly service: ServiceSettings;
  readonly settings: Settings;
}

const checks: readonly ((checked: Checked) => string[])[] = [
  nameIsFree,
  image,
  health,
  exclusive,
  variables,
  secretFiles,
  secretsTwice,
  volumes,
  memory,
  metrics,
];

function metrics({ path, service }: Checked): string[] {
  if (service.metrics === undefined) return [];
  if ((service.metrics.port ?? service.port) !== undefined) return [];
  const advice = `set ${path}.metrics.port, or ${path}.port`;
  return [problem(`${path}.metrics`, "are asked for at no port", advice)];
}

function nameIsFree({ name, path, settings }: Checked): string[] {
  const isPage = name === pageAddress.host && settings.monitoring.page !== undefined;
  return isPage || taken.includes(name) || name in settings.redis
    ? [problem(path, "is the host name of another container", "give it another name")]
    : [];
}

function image({ path, service }: Checked): string[] {
  const { inherit, command, build } = service;
  if (service.image !== undefined && build !== undefined) {
    return [problem(`${path}.image`, `is set together with ${path}.build`, "keep one of them")];
  }
  if (service.image !== undefined || build !== undefined) return [];
  if (!inherit) {
    const advice = `set it, or ${path}.build; or inherit the app's (inherit: true)`;
    return [problem(`${path}.image`, "is missing", advice)];
  }
  if (command !== undefined) return [];
  const wrong = "is missing, and the app's image would start a second web process";
  return [problem(`${path}.command`, wrong, "name the command that this service runs")];
}

function health({ path, service }: Checked): string[] {
  const { command, path: urlPath, startPeriod, startTimeout } = service.health;
  if (command !== undefined && urlPath !== undefined) {
    const at = `${path}.health.path`;
    return [problem(at, `is set together with ${path}.health.command`, "keep one of them")];
  }
  if (urlPath !== undefined && service.port === undefined) {
    const wrong = `is missing, and ${path}.health.path needs it`;
    return [problem(`${path}.port`, wrong, "name the port on which the service listens")];
  }
  if (isTested(service) || seconds(startPeriod) < seconds(startTimeout)) return [];
  const wrong = `${startTimeout} is not more than ${path}.health.startPeriod (${startPeriod}), which it has to run without a health test`;
  return [problem(`${path}.health.startTimeout`, wrong, "raise it, or lower startPeriod")];
}

function exclusive({ path, service }: Checked): string[] {
  if (!service.exclusive || service.replicas === 1) return [];
  const wrong = `is ${String(service.replicas)}, and ${path}.exclusive allows one`;
  return [problem(`${path}.replicas`, wrong, "remove one of the two")];
}

function variables({ path, service, settings }: Checked): string[] {
  const { app } = settings;
  const urls = urlVariables(settings).map(([, name]) => name);
  const platform = service.inherit ? [...platformVariables(appAs(service, app)), ...urls] : [];
  const own = [
    ...Object.keys(service.env).map((name) => [`${path}.env.${name}`, name] as const),
    ...service.secrets.map((name, index) => [`${path}.secrets[${String(index)}]`, name] as const),
  ];
  return [
    ...own.flatMap(([at, name]) =>
      platform.includes(name)
        ? [problem(at, `${name} is set by the platform`, "remove it, or rename app.variables")]
        : [],
    ),
    ...service.secrets
      .filter((name) => name in service.env)
      .map((name) =>
        problem(
          `${path}.env.${name}`,
          "is a secret as well",
          `remove it here or in ${path}.secrets`,
        ),
      ),
  ];
}

/** The platform sets `NAME_FILE` where a secret is delivered as a file. */
function secretFiles({ path, service, settings }: Checked): string[] {
  const { app } = settings;
  const { secretsAs } = resolved(service, app);
  if (secretsAs !== "files") return [];
  const urls = urlVariables(settings).map(([, name]) => name);
  const inherited = service.inherit ? [...secretNames(app), ...urls] : [];
  const sealed = sealedEnvironment(service).map(([name]) => name);
  const names = new Set([...inherited, ...service.secrets, ...sealed]);
  return [...names]
    .filter((name) => `${name}_FILE` in service.env && !isPlain(settings.secrets, name))
    .map((name) =>
      problem(
        `${path}.env.${name}_FILE`,
        `is set by the platform, to the file of the secret ${name}`,
        "remove it, or rename one of them",
      ),
    );
}

function secretsTwice({ path, service }: Checked): string[] {
  return [
    ...duplicates(secretList(`${path}.secrets`, service.secrets), "secret"),
    ...duplicates(secretList(`${path}.build.secrets`, service.build?.secrets), "secret"),
  ];
}

function volumes({ path, service, settings }: Checked): string[] {
  const own = resolved(service, settings.app);
  const named = service.volumes.map((each, index): [string, string] => [
    `${path}.volumes[${String(index)}].name`,
    each.name,
  ]);
  return [
    ...service.volumes.flatMap((each, index) =>
      each.backup && !settings.backup.enabled
        ? [
            problem(
              `${path}.volumes[${String(index)}].backup`,
              "is true, and backup.enabled is not",
              "set both to the same",
            ),
          ]
        : [],
    ),
    ...duplicates(named, "volume"),
    ...mountProblems(path, own),
  ];
}

function memory({ path, service, settings }: Checked): string[] {
  const { tmp } = resolved(service, settings.app);
  const size = mebibytes(tmp.size);
  if (size <= Math.max(mebibytes(service.memory), 64)) return [];
  const wrong = `${tmp.size} is more than ${path}.memory (${service.memory}), of which /tmp is a part`;
  return [problem(`${path}.tmp.size`, wrong, `raise ${path}.memory, or set ${path}.tmp.size`)];
}
