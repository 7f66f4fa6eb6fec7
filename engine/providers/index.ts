import type { Provider } from "../provider.js";
import { commandProvider } from "./command.js";
import { dockerProvider } from "./docker/index.js";
import { postgresqlProvider } from "./postgresql/index.js";
import { randomProvider } from "./random.js";

/** The engine's own packages; commands run in `directory`, with `environment`. */
export function providers(environment: NodeJS.ProcessEnv, directory: string): Provider[] {
  return [
    dockerProvider(environment),
    postgresqlProvider(environment),
    commandProvider(environment, directory),
    randomProvider,
  ];
}
