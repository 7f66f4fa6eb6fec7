#!/usr/bin/env node
// Stand-in of the commands op, sops, aws and gcloud, by the name it is called with; any other name is a user's own command.
// It answers as they document, from the world that its environment names, and writes down its arguments.
import { appendFileSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setInterval } from "node:timers";

const tool = basename(process.argv[1]);
const args = process.argv.slice(2);
const file = process.env.STAND_IN_WORLD;
const { values, mode } = JSON.parse(readFileSync(file, "utf8"));
appendFileSync(`${file}.args`, `${JSON.stringify([tool, ...args])}\n`);
const calls = readFileSync(`${file}.args`, "utf8").trim().split("\n").length;

const option = (name) => {
  const found = args.find((each) => each.startsWith(`${name}=`));
  return found === undefined ? args[args.indexOf(name) + 1] : found.slice(name.length + 1);
};
const end = (code, message) => {
  process.stderr.write(`${message}\n`);
  process.exit(code);
};
const print = (value) => process.stdout.write(JSON.stringify(value));

const refusals = {
  op: "[ERROR] 2026/11/30 (401) Unauthorized: You aren't authenticated",
  sops: "Failed to get the data key required to decrypt the SOPS file.",
  aws: "An error occurred (UnrecognizedClientException) when calling the GetSecretValue operation: The security token included in the request is invalid.",
  gcloud:
    "ERROR: (gcloud.secrets.versions.access) There was a problem refreshing your current auth tokens",
};
const limits = {
  op: "[ERROR] 2026/11/30 (429) Too Many Requests: rate limit exceeded",
  aws: "An error occurred (ThrottlingException) when calling the GetSecretValue operation: Rate exceeded",
  gcloud: "ERROR: (gcloud.secrets.versions.access) RESOURCE_EXHAUSTED: 429 Quota exceeded",
};
const answers = {
  op: () =>
    print({
      title: option("get"),
      fields: Object.entries(values).map(([label, value]) => ({
        id: label.toLowerCase(),
        type: "CONCEALED",
        label,
        ...(value === "" ? {} : { value }),
      })),
    }),
  sops: () => print(values),
  aws: () => {
    const id = option("--secret-id");
    if (id === "all") return print({ Name: id, SecretString: JSON.stringify(values) });
    const value = values[id.replace(/^shop\//, "")];
    if (value === undefined) {
      end(
        254,
        "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret.",
      );
    }
    return print({ Name: id, SecretString: value });
  },
  gcloud: () => {
    const value = values[option("--secret")];
    if (value === undefined) {
      end(
        1,
        "ERROR: (gcloud.secrets.versions.access) NOT_FOUND: Secret not found or has no versions.",
      );
    }
    const data = Buffer.from(value).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
    return print({ payload: value === "" ? {} : { data } });
  },
};

if (mode === "slow") setInterval(() => undefined, 1000);
else if (mode === "revoked")
  end(1, refusals[tool] ?? `refused, and not to be repeated: ${process.env.STAND_IN_TOKEN}`);
else if (mode === "limited" && calls === 1) end(1, limits[tool] ?? "429 too many requests");
else (answers[tool] ?? (() => print(values)))();
