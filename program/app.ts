import type * as pulumi from "@pulumi/pulumi";
import { App } from "#components/app";
import { plainEnvironment, sealedEnvironment } from "#components/app/environment";
import type { Proxy } from "#components/proxy";
import { picked } from "#lib/picked";
import type { SealedText } from "#lib/sealed";
import type { DataPart, Login } from "./database.js";
import type { redisOf } from "./redis.js";
import type { Part, Shared } from "./shared.js";

/** The app, migrated and seen to work; nothing leads to it yet. */
export function appOf(
  shared: Shared,
  { data, proxy, redis }: { data: DataPart; proxy: Proxy; redis: ReturnType<typeof redisOf> },
): Part & { readonly app: App } {
  const { name, settings, context, platform, network, image, opts, release, deployed } = shared;
  const args = {
    settings: settings.app,
    image: image("app"),
    built: settings.app.image === undefined,
    imageTag: context.imageTag,
    environment: plainEnvironment(settings.app, settings.environment, deployed, data.place),
    ...secretsOf(shared, data, redis.urls),
    migration: { ...data.migration, version: deployed.version },
    networks: data.external && redis.resources.length === 0 ? { edge: network.edge } : network,
    release,
    deployed,
    migrates: context.goesBack !== true,
    recordedBy: proxy.running,
  };
  const app = new App(`${name}-app`, args, platform, {
    ...opts,
    dependsOn: [...data.ready, ...redis.resources],
  });
  return {
    app,
    resources: [app],
    containers: {
      app: app.containerNames.apply(([first]) => first),
      apps: app.containerNames,
    },
    outputs: { version: deployed.version, image: image("app") },
  };
}

function secretsOf(
  { settings, secrets }: Shared,
  { logins }: DataPart,
  redisUrls: Readonly<Record<string, pulumi.Output<string>>>,
) {
  const sealed = sealedEnvironment(settings.app).map(
    ([name, text]) => [name, secrets.open(text)] as const,
  );
  const { databaseUrl, databaseUser, databasePassword } = settings.app.variables;
  const withLogin = ({ url, user, password }: Login) => {
    const login = [
      [databaseUrl, url] as const,
      [databaseUser, user] as const,
      [databasePassword, password] as const,
    ].flatMap(([name, value]) => (name === null || value === undefined ? [] : [[name, value]]));
    const values = Object.fromEntries([...sealed, ...login]) as typeof secrets.values;
    return { ...picked(secrets.values, settings.app.secrets), ...values, ...redisUrls };
  };
  return {
    open: (text: SealedText) => secrets.open(text),
    secrets: withLogin(logins.app),
    migrationSecrets: withLogin(logins.migrator),
  };
}
