import type { AppSettings } from "#components/app/settings";
import { poolSizeOf } from "#workload/pool-size";
import type { ServiceSettings } from "#components/service/settings";
import type { ResolvedService } from "#components/service/workload";
import { defaultAppUser } from "#lib/platform";

/** A service with what it inherits from the app filled in. */
export function resolved(service: ServiceSettings, app: AppSettings): ResolvedService {
  const from = service.inherit ? app : emptyStart;
  return {
    ...service,
    user: service.user ?? from.user,
    readOnlyRoot: service.readOnlyRoot ?? from.readOnlyRoot,
    tmp: service.tmp ?? from.tmp,
    tmpfs: service.tmpfs ?? from.tmpfs,
    secretsAs: service.secretsAs ?? from.secretsAs,
  };
}

/** The app's settings as far as a service's environment follows from them, with the service's own over them. */
export function appAs(service: ServiceSettings, app: AppSettings): AppSettings {
  return {
    ...app,
    // It does not listen where the app does.
    variables: service.port === undefined ? { ...app.variables, port: null } : app.variables,
    port: service.port ?? app.port,
    logLevel: service.logLevel ?? app.logLevel,
    poolSize: poolSizeOf(service, app),
    env: { ...app.env, ...service.env },
  };
}

/** Settings of a service that inherits nothing. */
const emptyStart = {
  user: defaultAppUser,
  readOnlyRoot: true,
  tmp: { size: "64MiB", exec: false },
  tmpfs: [],
  secretsAs: "files",
} as const satisfies Partial<AppSettings> & object;
