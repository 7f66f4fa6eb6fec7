import * as pulumi from "@pulumi/pulumi";
import type { App } from "#components/app";
import { sealedEnvironment } from "#components/app/environment";
import { imageStep } from "#components/app/release";
import type { Companions } from "#components/app/companions";
import { Image } from "#components/images";
import { appImage } from "#components/images/recipes";
import { Services, type ServiceArgs, type StartedServices } from "#components/service";
import type { ServiceSettings } from "#components/service/settings";
import type { ResolvedService } from "#components/service/workload";
import { namesOf, type Settings } from "#config";
import { appAs, resolved } from "#config/services";
import { picked } from "#lib/picked";
import { namedSecrets, networksOf, plainVariables, secretsOf } from "./access.js";
import type { DataPart } from "./database.js";
import type { redisOf } from "./redis.js";
import { environmentWith } from "./environment.js";
import type { Part, Shared } from "./shared.js";
import { buildOf, filledIn } from "#config/placeholders";

/** The services of a stack, before the app that they are released with. */
export interface ServicesPart {
  /** Undefined where the settings have none. */
  readonly services?: Services;
  readonly companions?: Companions;
  /** Their containers, once the app has been made. */
  readonly started: () => StartedServices | undefined;
}

interface Needs {
  readonly data: DataPart;
  readonly redis: ReturnType<typeof redisOf>;
}

/** Everything that the services' containers are made of; the app's component says when it is their turn. */
export function servicesOf(shared: Shared, needs: Needs): ServicesPart {
  const { name, settings, platform, opts } = shared;
  const entries = Object.entries(settings.services);
  if (entries.length === 0) return { started: () => undefined };
  const args = entries.map(([each, of]) => argsOf(shared, needs, each, of));
  const services = new Services(`${name}-services`, args, platform, {
    ...opts,
    dependsOn: [...needs.data.ready, ...needs.redis.resources],
  });
  let started: StartedServices | undefined;
  const own = args.filter((each) => hasOwnImage(settings, each.name));
  const companions: Companions = {
    content: {
      settings: settings.services,
      images: Object.fromEntries(own.map((each) => [each.name, each.image])),
      workloads: services.workloads,
    },
    images: (begun, parent) => own.map((each) => imageFits(shared, each, begun, parent)),
    start: (after, apps) => {
      const made = (started = services.start(after, apps));
      return {
        ...made,
        exchange: (passed, names) => services.exchange(passed, names, made),
      };
    },
  };
  return { services, companions, started: () => started };
}

/** Returns the services' part of the whole. */
export function servicesPart({ services, started }: ServicesPart, app: App): Part {
  if (services === undefined) return { resources: [] };
  const names = (started()?.created ?? []).map(({ name, containers }) => {
    const [first] = containers;
    const known = pulumi.all([first?.name, app.containerNames]).apply(([each]) => each);
    return [`service-${name}`, known] as const;
  });
  return { resources: [services], containers: Object.fromEntries(names) };
}

/** Everything that the containers of a service are made of. */
export function argsOf(
  shared: Shared,
  needs: Needs,
  name: string,
  given: ServiceSettings,
): ServiceArgs {
  const { settings } = shared;
  const service = resolved(given, settings.app);
  const networks = networksOf(shared, needs.data, needs.redis);
  return {
    name,
    settings: service,
    image: imageOf(shared, name, given),
    ...environmentOf(shared, needs, service),
    networks: service.inherit ? networks : { edge: networks.edge },
  };
}

/** The app's variables and secrets with the service's own over them. */
function environmentOf(
  shared: Shared,
  { data, redis }: Needs,
  service: ResolvedService,
): Pick<ServiceArgs, "environment" | "secrets"> {
  const { settings, secrets } = shared;
  const sealed = sealedEnvironment(service).map(
    ([name, text]) => [name, secrets.open(text)] as const,
  );
  const own = {
    ...namedSecrets(shared, service.secrets),
    ...(Object.fromEntries(sealed) as typeof secrets.values),
  };
  const clear = Object.entries(service.env).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  const told = plainVariables(shared, service.secrets);
  const plain = { ...filledIn(Object.fromEntries(clear), shared.facts), ...told };
  if (!service.inherit) return { environment: plain, secrets: own };
  const app = appAs(service, settings.app);
  const environment = environmentWith(shared, app, data.place);
  const of = secretsOf(shared, data, redis.urls).secrets;
  return {
    environment: { ...without(environment, Object.keys(own)), ...told },
    secrets: { ...without(of, Object.keys(plain)), ...own },
  };
}

/** Returns the inherited record without its own names, whichever of the two is secret. */
function without<T>(record: Readonly<Record<string, T>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

function hasOwnImage({ services }: Settings, name: string): boolean {
  const { image, build } = services[name] ?? {};
  return image !== undefined || build !== undefined;
}

function imageOf(shared: Shared, service: string, { image, build }: ServiceSettings) {
  const { name, settings, context, platform, opts, secrets, facts } = shared;
  if (image !== undefined) return image;
  if (build === undefined) return shared.image("app");
  const { app } = namesOf(settings, context.stack);
  const given = buildOf(build, facts);
  const recipe = appImage(app, given, settings.images, context.root, service);
  const args = { ...recipe, named: true, secrets: picked(secrets.values, build.secrets) };
  return new Image(`${name}-service-${service}-image`, args, platform, opts).reference;
}

function imageFits(
  { name, settings, platform }: Shared,
  service: ServiceArgs,
  begun: pulumi.Resource,
  parent: pulumi.Resource,
): pulumi.Resource {
  const built = settings.services[service.name]?.build !== undefined;
  const args = { image: service.image, built, setting: `services.${service.name}.image` };
  return imageStep(`${name}-service-${service.name}-image-fits`, args, platform, {
    parent,
    dependsOn: begun,
  });
}
