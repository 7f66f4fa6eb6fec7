import { Failure } from "../io/failure.js";
import { withProgress, type Say } from "../io/progress.js";
import { run, tail } from "#lib/run-process";

/** Builds an image where it is missing, as the program does it, and returns its tag. @throws Failure */
export async function buildImage(
  recipe: { readonly tag: string; readonly build: readonly string[] },
  where: { readonly projectDirectory: string; readonly host: string | undefined },
  say: Say,
): Promise<string> {
  const { host, projectDirectory: cwd } = where;
  const env = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host };
  const [command = "", ...args] = recipe.build;
  const result = await withProgress(say, `image ${recipe.tag}`, run(command, args, { cwd, env }));
  if (result.code === 0) return recipe.tag;
  throw new Failure(`The image ${recipe.tag} can't be built: ${tail(result)}`);
}
