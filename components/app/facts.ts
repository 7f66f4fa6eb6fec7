import { secretList, type SectionFacts } from "#lib/section-facts";
import type { AppSettings } from "./settings.js";

/** Secrets and connections of the app. */
export const appFacts: SectionFacts<AppSettings> = {
  secretsNamed: ({ secrets, build, metrics }) => [
    ...secretList("app.secrets", secrets),
    ...secretList("app.build.secrets", build?.secrets),
    ["app.metrics.tokenSecret", metrics?.tokenSecret],
  ],
  connections: ({ poolSize, replicas }) => [
    { path: "app", size: poolSize, instances: replicas, exclusive: false },
  ],
};
