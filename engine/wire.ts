import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { EngineError } from "./errors.js";
import { isProperties, Reference, Secret, unknown, Unknown } from "./values.js";
import type { Properties, Value } from "./values.js";

/** The key that marks an object as something other than an object. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
/** Its value for a secret. */
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value as JSON can hold it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Opens the `ciphertext` of a secret in the state; on the wire secrets carry their value. */
export type Unseal = (ciphertext: string) => Secret;

/** Written form of a secret: sealed text in the state, its value on the wire. */
export type Sealer = (secret: Secret) => Json;

/** A message's properties as values. */
export function fromStruct(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : decodeAll(struct.toJavaScript());
}

/** Properties as a message. */
export function toStruct(properties: Properties): Struct {
  const json = encodeAll(properties, sealOnWire);
  return structProto.Struct.fromJavaScript(json);
}

/** JSON with Pulumi's marks → properties. */
export function decodeAll(json: Record<string, Json>, unseal?: Unseal): Properties {
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, decode(value, unseal)]),
  );
}

/** JSON with Pulumi's marks → a value. */
export function decode(json: Json, unseal?: Unseal): Value {
  if (json === unknownText) return unknown;
  if (Array.isArray(json)) return json.map((element) => decode(element, unseal));
  if (typeof json !== "object" || json === null) return json;
  const signature = json[signatureKey];
  return signature === undefined ? decodeAll(json, unseal) : decodeMarked(signature, json, unseal);
}

/** Properties → JSON with Pulumi's marks. */
export function encodeAll(properties: Properties, sealer: Sealer): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, encode(value, sealer)]),
  );
}

/** A value → JSON with Pulumi's marks. */
export function encode(value: Value, sealer: Sealer): Json {
  if (value instanceof Secret) return sealer(value);
  if (value instanceof Unknown) return unknownText;
  if (value instanceof Reference) return encodeReference(value, sealer);
  if (Array.isArray(value)) return value.map((element) => encode(element, sealer));
  return isProperties(value) ? encodeAll(value, sealer) : value;
}

function sealOnWire(secret: Secret): Json {
  return { [signatureKey]: secretSignature, value: encode(secret.value, sealOnWire) };
}

function encodeReference(reference: Reference, sealer: Sealer): Json {
  return {
    [signatureKey]: resourceSignature,
    urn: reference.urn,
    ...(reference.id === undefined ? {} : { id: encode(reference.id, sealer) }),
    ...(reference.packageVersion === undefined ? {} : { packageVersion: reference.packageVersion }),
  };
}

function decodeMarked(signature: Json, json: { [key: string]: Json }, unseal?: Unseal): Value {
  if (signature === secretSignature) return decodeSecret(json, unseal);
  if (signature === outputSignature) {
    const value = json["value"] === undefined ? unknown : decode(json["value"], unseal);
    return json["secret"] === true ? new Secret(value) : value;
  }
  if (signature === resourceSignature) {
    const id = json["id"] === undefined ? undefined : decode(json["id"], unseal);
    const version = json["packageVersion"];
    return new Reference(
      typeof json["urn"] === "string" ? json["urn"] : "",
      id,
      typeof version === "string" ? version : undefined,
    );
  }
  throw new EngineError(
    "The embedded engine does not know assets and archives; pass the content as text, or use the Pulumi CLI.",
  );
}

function decodeSecret(json: { [key: string]: Json }, unseal?: Unseal): Secret {
  const { ciphertext, value } = json;
  if (typeof ciphertext === "string" && unseal !== undefined) return unseal(ciphertext);
  if (value === undefined) throw new EngineError("A secret arrived without its value.");
  return new Secret(decode(value, unseal));
}
