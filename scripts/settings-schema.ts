import { z } from "zod";
import { defaultsKey, stackSettings } from "#config";

/** As much of JSON Schema as the settings use. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly maximum?: number;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, object>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Every setting, by section; what `z.toJSONSchema` makes of the settings' schemas. */
export function settingsSchema(): JsonSchema {
  const schema = z.toJSONSchema(stackSettings, { io: "input" }) as JsonSchema;
  return withoutNoise(schema);
}

/** JSON Schema of a `Pulumi.<stack>.yaml`, for editors. */
export function stackFileSchema(project = "keelson"): JsonSchema {
  const { $schema, properties = {} } = partial(settingsSchema());
  const sections = Object.entries(properties);
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: "Settings of a stack",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries([
          ...sections.map(([name, section]) => [`${project}:${name}`, section] as const),
          [
            `${project}:${defaultsKey}`,
            {
              description: "What lies under the stack's own sections.",
              type: "object",
              properties,
              additionalProperties: false,
            },
          ],
        ]),
        // Configuration of providers and of others is none of our business.
        patternProperties: { [`^(?!${project}:)`]: {} },
        additionalProperties: false,
      },
      encryptionsalt: { type: "string" },
      encryptedkey: { type: "string" },
      secretsprovider: { type: "string" },
      environment: {},
    },
    additionalProperties: false,
  };
}

/** Text of `settings.schema.json`. */
export function schemaText(): string {
  return `${JSON.stringify(stackFileSchema(), null, 2)}\n`;
}

/** A stack file says only what differs: what is required may stand in the project's defaults. */
function partial(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties } = schema;
  const rest = Object.entries(schema).filter(([key]) => key !== "required");
  return {
    ...Object.fromEntries(rest),
    ...(properties === undefined ? {} : { properties: mapped(properties, partial) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === "object"
              ? partial(additionalProperties)
              : additionalProperties,
        }),
  };
}

/** zod bounds every whole number by what JavaScript can count to; a section's `{}` is no default to show. */
function withoutNoise(schema: JsonSchema): JsonSchema {
  const { maximum, properties, default: fallback, ...others } = schema;
  const { minimum, ...unbounded } = others;
  const rest = minimum === Number.MIN_SAFE_INTEGER ? unbounded : others;
  const isSection = properties !== undefined;
  return {
    ...rest,
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
    ...(fallback === undefined || isSection ? {} : { default: fallback }),
    ...(isSection ? { properties: mapped(properties, withoutNoise) } : {}),
    ...(typeof schema.additionalProperties === "object"
      ? { additionalProperties: withoutNoise(schema.additionalProperties) }
      : {}),
    ...(schema.items === undefined ? {} : { items: withoutNoise(schema.items) }),
    ...(schema.anyOf === undefined ? {} : { anyOf: schema.anyOf.map(withoutNoise) }),
  };
}

function mapped(
  properties: Readonly<Record<string, JsonSchema>>,
  change: (schema: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, change(each)]));
}
