import { objects } from "#engine/providers/shape";
import type { Properties } from "#engine/values";

/** The value of a label of a container or volume; undefined where it has none. */
export function labelOf(inputs: Properties, label: string): string | undefined {
  const found = objects(inputs["labels"]).find((each) => each["label"] === label)?.["value"];
  return typeof found === "string" ? found : undefined;
}
