import { isMapping, type Mapping } from "#lib/merge";
import { problem, SettingsError } from "#lib/settings";

/** The variable by which a pipeline names the very image that it has tested, in the place of what the files say. */
export const imageVariable = "KEELSON_IMAGE";

/**
 * A stack's own sections, with the image that the environment names in the place of the app's image or build.
 *
 * @throws SettingsError for an empty name
 */
export function withDeployedImage(
  sections: Mapping,
  environment: NodeJS.ProcessEnv = process.env,
): Mapping {
  const image = environment[imageVariable];
  if (image === undefined) return sections;
  if (image === "") {
    // Of a pipeline whose build has failed, say: the files' image would be another one than is meant.
    const wrong = problem(imageVariable, "is empty", "name the image, or unset it");
    throw new SettingsError([wrong]);
  }
  const own = sections["app"];
  const kept = Object.entries(isMapping(own) ? own : {}).filter(([key]) => key !== "build");
  return { ...sections, app: { ...Object.fromEntries(kept), image } };
}
