/** Facts that an image names about its process. */
export interface ImageFacts {
  /** It has a HEALTHCHECK of its own. */
  readonly healthcheck: boolean;
  /** The home of the user as whom it is run; undefined where that has none. */
  readonly home?: string | undefined;
}

/** A user without a home gets the one folder that it may write to in any case. */
export function homeOf({ home }: ImageFacts): string {
  return home ?? "/tmp";
}
