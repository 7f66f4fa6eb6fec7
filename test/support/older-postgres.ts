// A Postgres image as one was before its base got another release of Debian: the same major, other libraries.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platformImage } from "#components/images/recipes";
import { imagesSettings } from "#components/images/settings";
import { docker, root, run, tryDocker } from "./docker.js";

const published = "debian:bookworm-slim";
const made = "keelson/test-base:bookworm";
const german = "keelson/test-base:bookworm-german";
const path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** PostgreSQL 15 on Debian bookworm, with the locale de_DE.utf8; its tag. */
export async function olderPostgres(): Promise<string> {
  const { tag } = platformImage("postgres", imagesSettings.parse({ base: german }), root, 15);
  await withGerman();
  await run("images/build", ["postgres", tag, german, "15"]);
  return tag;
}

async function withGerman(): Promise<void> {
  if (await here(german)) return;
  const dockerfile = `FROM ${await base()}
RUN apt-get update && apt-get install -y --no-install-recommends locales \\
  && localedef -i de_DE -f UTF-8 de_DE.UTF-8 && rm -rf /var/lib/apt/lists/*
`;
  await docker(["build", "--quiet", "--force-rm", "--tag", german, "-"], dockerfile);
}

/** As images/build has it: a registry's, or where none answers one that is made from Debian's packages. */
async function base(): Promise<string> {
  for (const each of [published, made]) if (await here(each)) return each;
  const pulled = await run("timeout", ["120", "docker", "pull", published], { mayFail: true });
  if (pulled.code === 0) return published;
  const folder = mkdtempSync(join(tmpdir(), "keelson-bookworm-"));
  try {
    const file = join(folder, "base.tar");
    await run("mmdebstrap", ["--quiet", "--variant=minbase", "bookworm", file]);
    await docker(["import", "--change", 'CMD ["bash"]', "--change", path, file, made]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return made;
}

const here = async (image: string) => (await tryDocker(["image", "inspect", image])).code === 0;
