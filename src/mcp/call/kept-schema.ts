import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import type { z } from "zod";
import { ArgumentReader, type ArgumentsSchema } from "./arguments.ts";

/**
 * The schema of a tool's arguments. Its JSON form is made once: the SDK asks for it at every list, and over HTTP at
 * every call, of servers that live for one request. Without "$schema": the protocol says which dialect it is, and
 * twelve copies of the address cost a tenth of the list. What models write in other ways than it says is read first.
 */
export function keptSchema(
  tool: string,
  schema: z.ZodType,
  rewrite?: (given: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): StandardSchemaWithJSON {
  const standard = schema["~standard"];
  let kept: { json: Record<string, unknown>; reader: ArgumentReader } | undefined;
  const made = () => {
    if (kept === undefined) {
      const { $schema: _, ...json } = standard.jsonSchema.input({ target: "draft-2020-12" });
      kept = { json, reader: new ArgumentReader(tool, json as ArgumentsSchema) };
    }
    return kept;
  };
  return {
    "~standard": {
      ...standard,
      validate: async (given) => {
        const { reader } = made();
        const isRecord = typeof given === "object" && given !== null && !Array.isArray(given);
        const said = rewrite === undefined || !isRecord ? given : rewrite({ ...given });
        const { values, problems } = reader.read(said);
        if (problems.length > 0) return { issues: [{ message: problems.join(" ") }] };
        const result = await standard.validate(values);
        if (result.issues === undefined) return result;
        // The schema's own words are for programmers.
        const wrong = result.issues.map(({ path }) => String(path?.[0] ?? ""));
        const words = [...new Set(wrong)].map((name) => reader.problem(name, values));
        return { issues: [{ message: words.join(" ") }] };
      },
      jsonSchema: { ...standard.jsonSchema, input: () => made().json },
    },
  };
}
