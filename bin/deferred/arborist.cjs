// Pulumi's SDK loads npm's dependency tree when it starts, for functions that are serialized: here nobody does that.
let loaded;
const real = () => (loaded ??= require("@npmcli/arborist"));
module.exports = {
  __esModule: true,
  get Arborist() {
    return real().Arborist;
  },
};
