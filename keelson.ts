/** Exports for the program of a project: `import … from "keelson"`. */
export { Stack, type StackArgs } from "./stack.js";
