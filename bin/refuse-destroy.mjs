// The end of the resource that depends on every other one of a stack: a destroy of a protected stack gets here first, and
// no further. PROTECTED_BY names the settings that protect it.
const { PROTECTED_BY, KEELSON_DESTROY } = process.env;

if (KEELSON_DESTROY !== "1") {
  console.error(
    `The data of this stack is protected by ${PROTECTED_BY}, so nothing was removed. To lose it for good run ` +
      "`npx keelson destroy --stack <stack> --destroy-data`, or set this to false and run `pulumi up` first; to " +
      "remove all but the data run `KEELSON_DESTROY=1 pulumi destroy --exclude-protected`.",
  );
  process.exitCode = 1;
}
