import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { expect, test } from "vitest";
import { Reference, Secret, unknown } from "#engine/values";
import { decode, fromStruct, toStruct } from "#engine/wire";

const signature = "4dabf18193072939515e22adb298388d";

test("properties survive the way out and back", () => {
  const properties = {
    text: "a",
    number: 1.5,
    truth: false,
    nothing: null,
    list: [1, ["b"], { c: "d" }],
    secret: new Secret({ inner: [new Secret("deep")] }),
    unknown,
    reference: new Reference("urn:x", "id", "1.0.0"),
  };
  expect(fromStruct(toStruct(properties))).toEqual(properties);
});

test("reads the marks that the SDK writes", () => {
  const secret = "1b47061264138c4ac30d75fd1eb44270";
  const output = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
  const json = {
    secret: { [signature]: secret, value: "s" },
    known: { [signature]: output, value: 1, secret: true },
    later: { [signature]: output, dependencies: ["urn:a"] },
    unknown: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  };
  expect(fromStruct(structProto.Struct.fromJavaScript(json))).toEqual({
    secret: new Secret("s"),
    known: new Secret(1),
    later: unknown,
    unknown,
  });
});

test("refuses assets by a sentence", () => {
  const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "x" };
  expect(() => decode(asset)).toThrow(/does not know assets and archives/);
});
