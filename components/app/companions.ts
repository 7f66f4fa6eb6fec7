import type * as pulumi from "@pulumi/pulumi";

/** Processes that are released with the app. The app's component says when it is their turn, and knows nothing else. */
export interface Companions {
  readonly content: CompanionContent;
  /** Sees to their own images, before anything of the release has happened. */
  readonly images: (begun: pulumi.Resource, parent: pulumi.Resource) => readonly pulumi.Resource[];
  /**
   * Starts those that may run alongside the ones of before, or that none of before is of.
   * @param after what comes before any container of the release
   * @param apps names of the app's new containers, known once these are healthy
   */
  readonly start: (
    after: readonly pulumi.Resource[],
    apps: pulumi.Output<string[]>,
  ) => StartedCompanions;
}

/** Companions of which some have been started. */
export interface StartedCompanions {
  /** As the steps of a release read it. */
  readonly description: pulumi.Output<string>;
  /** The step that the app's ready path and the smoke test wait for. */
  readonly step: pulumi.CustomResource;
  /** Puts the others in the place of those of before, once the new app has passed its smoke test. */
  readonly exchange: (
    after: readonly pulumi.Resource[],
    apps: pulumi.Output<string[]>,
  ) => pulumi.CustomResource | undefined;
}

/** Content by which releases of the companions differ, by their names. */
export interface CompanionContent {
  readonly settings: Readonly<Record<string, object>>;
  /** Images of their own; the others have the app's. */
  readonly images: Readonly<Record<string, pulumi.Input<string>>>;
  /** All that their containers are made of; may hold secrets. */
  readonly workloads: Readonly<Record<string, pulumi.Input<object>>>;
}
