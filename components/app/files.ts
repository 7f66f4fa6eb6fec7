import { problem } from "#lib/settings";
import { mebibytes } from "#lib/size";
import { mountProblems } from "#workload/mount-problems";
import type { AppSettings } from "./settings.js";

/** Variable that sets the folder of temporary files in most runtimes. */
const tmpVariable = "TMPDIR";

/** Returns the problems of the folders that the app may write to, a line each. */
export function fileProblems(settings: {
  readonly app: AppSettings;
  readonly proxy: { readonly limits: { readonly requestBody: string } };
}): string[] {
  return [
    ...tmpProblems(settings),
    ...mountProblems("app", { ...settings.app, sources: settings.app.dev?.mounts }),
  ];
}

function tmpProblems({
  app,
  proxy: { limits },
}: {
  readonly app: AppSettings;
  readonly proxy: { readonly limits: { readonly requestBody: string } };
}): string[] {
  const { tmp, memory, env } = app;
  const size = mebibytes(tmp.size);
  const body = mebibytes(limits.requestBody);
  // It is a limit, which the default's is for the smallest app as well.
  if (size > Math.max(mebibytes(memory), 64)) {
    return [
      problem(
        "app.tmp.size",
        `${tmp.size} is more than app.memory (${memory}), of which /tmp is a part`,
        `raise app.memory, or set app.env.${tmpVariable} to a folder of a volume and lower app.tmp.size`,
      ),
    ];
  }
  // Who has said where such files go has seen to their place.
  if (body <= size || tmpVariable in env) return [];
  return [
    problem(
      "proxy.limits.requestBody",
      `${limits.requestBody} is more than /tmp of the app holds (app.tmp.size: ${tmp.size}), where most frameworks put an upload`,
      `set app.tmp.size to ${limits.requestBody} or more, or app.env.${tmpVariable} to the folder that they go to`,
    ),
  ];
}
