import { tryInspect } from "./container.js";
import { parameter, wordsOf } from "./parameters.js";
import { StackProxy } from "./proxy.js";
import { proxyFiles, type Converse } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";

/**
 * Puts certificates into service in the proxy while it runs: no connection is closed, and the one of before serves until
 * HAProxy has the new one. Reads a line `<name> <base64 of certificate, chain and key>` each.
 * @throws StepFailure where HAProxy does not take one
 */
export async function certificates(context: StepContext, converse?: Converse): Promise<void> {
  const lines = (await context.input()).split("\n").filter((line) => line !== "");
  const proxy = new StackProxy(context, parameter(context, "PROXY"), converse);
  try {
    for (const line of lines) {
      const [name = "", text = ""] = line.split(" ");
      const pem = Buffer.from(text, "base64").toString();
      await proxy.run((session) => session.takeCertificate(name, pem));
    }
  } finally {
    await proxy.close();
  }
}

/** Removes certificates, with their keys, that the proxy serves no more. Nothing where the proxy is gone with its volume. */
export async function certificatesRemove(context: StepContext, converse?: Converse): Promise<void> {
  const container = parameter(context, "PROXY");
  const found = await tryInspect(context, container);
  if (found?.State.Running !== true) return;
  const proxy = new StackProxy(context, container, converse);
  try {
    await proxy.run(async (session) => {
      const configuration = await session.read(proxyFiles.configuration);
      for (const name of wordsOf(context, "NAMES")) {
        const file = `tls/${name}.pem`;
        if (!configuration.includes(`/config/${file}`)) await session.remove(file);
      }
    });
  } finally {
    await proxy.close();
  }
}
