/** What `import … from "keelson"` gives to the program of a project. */
export { Stack, type StackArgs } from "./stack.js";
