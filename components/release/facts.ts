import type { SectionFacts } from "#lib/section-facts";
import type { ReleaseSettings } from "./settings.js";
import { smokeSecrets } from "./smoke.js";

/** Secrets in the headers of the smoke test. */
export const releaseFacts: SectionFacts<ReleaseSettings> = {
  secretsNamed: ({ smoke }) => smokeSecrets(smoke),
};
