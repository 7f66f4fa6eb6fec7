import { tryDocker, buildImage } from "./docker.js";

/** The images that tests share are built before the lanes begin: none of them builds what another builds. */
export default async function setup(): Promise<void> {
  const { code, stderr } = await tryDocker(["version", "--format", "{{.Server.Version}}"]);
  if (code !== 0) throw new Error(`The end-to-end tests need a Docker engine: ${stderr.trim()}`);
  const names = ["postgres", "proxy", "jobs", "acme", "backup", "sample-app"] as const;
  await Promise.all(names.map(buildImage));
}
