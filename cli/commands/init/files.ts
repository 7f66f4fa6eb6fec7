import { stringify } from "yaml";
import type { Mapping } from "#lib/merge";

/** Files of a project by their names. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** Versions that a project's package.json pins. */
export interface Versions {
  readonly keelson: string;
  readonly pulumi: string;
}

/**
 * The files of a project whose stacks share some settings.
 *
 * @param staged there is a stack for what is to be looked at before it is in production
 */
export function projectFiles(
  name: string,
  shared: Mapping,
  versions: Versions,
  staged = false,
): ProjectFiles {
  const schema = "# yaml-language-server: $schema=./node_modules/keelson/settings.schema.json\n";
  const stack = (settings: Mapping) => `${schema}${stringify({ config: settings })}`;
  return {
    "package.json": `${JSON.stringify(manifest(name, versions), undefined, 2)}\n`,
    "Pulumi.yaml": stringify({
      name,
      description: `${name} in production`,
      runtime: {
        name: "nodejs",
        options: { typescript: false, nodeargs: "--import keelson/typescript" },
      },
      main: "index.ts",
      config: { "keelson:defaults": { value: shared } },
    }),
    "Pulumi.local.yaml": stack({
      "keelson:environment": "local",
      "keelson:proxy": { httpPort: 8080 },
      // A release is watched for errors that its clients get, and here are none.
      "keelson:release": { watch: { window: null } },
    }),
    ...(staged ? { "Pulumi.preview.yaml": stack(previewSettings) } : {}),
    "Pulumi.prod.yaml": [
      "# Before the first up: the domain, and tls.mode acme for its certificate (email, agreeTerms).",
      stack({
        "keelson:environment": "prod",
        "keelson:postgres": { protect: true },
        "keelson:proxy": { domains: ["www.example.com"], tls: { mode: "self-signed" } },
        "keelson:backup": { protect: true },
      }),
    ].join("\n"),
    "index.ts": [
      'import { Stack } from "keelson";',
      "",
      "/** Outputs of the stack; resources of your own may stand alongside it. */",
      "export default Stack.fromConfig().outputs;",
      "",
    ].join("\n"),
    ".gitignore": "node_modules/\n.keelson/\n.env\n",
  };
}

/** Ports that leave 80 and 443 to the stack prod on the same host. */
const previewSettings = {
  "keelson:environment": "preview",
  "keelson:postgres": { adminPort: 15433 },
  "keelson:proxy": { httpPort: 8081 },
};

function manifest(name: string, { keelson, pulumi }: Versions): object {
  return {
    name: `${name}-deploy`,
    private: true,
    type: "module",
    dependencies: { "@pulumi/pulumi": pulumi, keelson },
  };
}
