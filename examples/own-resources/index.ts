import { RandomBytes } from "@pulumi/random";
import { Stack } from "keelson";

/** The application, as the project's files describe it. */
export const stack = Stack.fromConfig();

/** A resource of the project's own, made once the application serves; here it stands for a DNS record, say. */
export const record = new RandomBytes("record", { length: 4 }, { dependsOn: stack });

export const { url, version, containers } = stack;
