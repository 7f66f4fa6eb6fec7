import { describe, expect, it } from "vitest";
import { docker, logs } from "../../support/docker.js";
import { filesIn, found } from "../../support/leaks.js";
import { reveal } from "#engine/values";
import { stack } from "./shared.js";

/** Every secret of the stack, and the parts of the injected one that no quoting changes. */
async function secretsOf(): Promise<Map<string, string>> {
  const { resources } = await stack.state();
  const made = resources
    .filter(({ type }) => type.endsWith(":RandomPassword"))
    .map(({ urn, outputs }) => {
      const value = reveal(outputs["result"] ?? "") as string;
      return [(urn.split("::").at(-1) ?? "").replace("e2e-test-e2e-", ""), value] as const;
    });
  // Bytes are generated as hex digits and used in base64.
  const bytes = made
    .filter(([, value]) => /^([0-9a-f]{64}|[0-9a-f]{96})$/.test(value))
    .map(
      ([name, hex]) => [`${name} in base64`, Buffer.from(hex, "hex").toString("base64")] as const,
    );
  return new Map([
    ...made,
    ...bytes,
    ["injected", "canary-7d21f0"],
    ["injected, line 2", "second-7d21f0"],
  ]);
}

/** Where no secret may be. */
export function secrecy(): void {
  describe("no secret is", () => {
    it("in what docker inspect shows", async () => {
      const { containers, networks, volumes } = await stack.present();
      const shown = [
        await docker(["inspect", ...containers]),
        await docker(["network", "inspect", ...networks]),
        await docker(["volume", "inspect", ...volumes]),
      ];
      expect(shown.join("")).toContain("dev.keelson.workload");
      expect(found(await secretsOf(), shown.join("\n"))).toEqual([]);
    });

    it("in the log of any container", async () => {
      const { containers } = await stack.present();
      const all = await Promise.all(containers.map(logs));
      expect(all.every((text) => text !== "")).toBe(true);
      expect(found(await secretsOf(), all.join("\n"))).toEqual([]);
    });

    it("in what the commands have printed", async () => {
      expect(stack.printed).toContain("created");
      expect(found(await secretsOf(), stack.printed)).toEqual([]);
    });

    it("in clear in the state, its history or the configuration next to it", async () => {
      const text = filesIn(stack.home);
      expect(text).toContain("ciphertext");
      expect(found(await secretsOf(), text)).toEqual([]);
    });

    it("missed by this search", async () => {
      const secrets = await secretsOf();
      // Superuser, five roles, session secret; key, hash key and passphrase in two encodings; the injected one twice.
      expect(secrets.size).toBe(15);
      const text = [...secrets.values()].map((each) => `x${each}`).join("\n");
      expect(found(secrets, text)).toHaveLength(15);
      expect(found(secrets, Buffer.from(text).toString("base64"))).toHaveLength(15);
    });
  });
}
