import type { Runner } from "../engines/runner.js";

/** The value of a password that the stack's state has, by its resource's name; undefined where it has none. */
export async function storedPassword(
  runner: Pick<Runner, "resource">,
  resource: string,
): Promise<string | undefined> {
  const type = "random:index/randomPassword:RandomPassword";
  const value = (await runner.resource(type, resource))["result"]?.value;
  return typeof value === "string" ? value : undefined;
}
