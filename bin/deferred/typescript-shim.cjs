// Pulumi's SDK loads TypeScript's compiler when it starts, for functions that are serialized: here nobody does that.
let loaded;
const real = () => (loaded ??= require("@pulumi/pulumi/typescript-shim"));
module.exports = new Proxy({}, { get: (_target, name) => real()[name] });
