import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import type { z } from "zod";

/**
 * A schema whose JSON form is made once. The SDK asks for it at every list, and over HTTP at every call, of
 * servers that live for one request. Without "$schema": the protocol says which dialect it is, and twelve
 * copies of the address cost a tenth of the list.
 */
export function keptSchema(schema: z.ZodType): StandardSchemaWithJSON {
  const standard = schema["~standard"];
  let kept: Record<string, unknown> | undefined;
  return {
    "~standard": {
      ...standard,
      jsonSchema: {
        ...standard.jsonSchema,
        input: (options) => {
          if (kept === undefined) {
            const { $schema: _, ...json } = standard.jsonSchema.input(options);
            kept = json;
          }
          return kept;
        },
      },
    },
  };
}
