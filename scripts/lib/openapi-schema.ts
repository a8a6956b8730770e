/* Types of the sources as schemas of OpenAPI 3.1, which are those of JSON Schema 2020-12, with the comments of their fields. */
import { oneLine, type TypeNode } from "./type-model.ts";

export interface Schema {
  description?: string | undefined;
  properties?: Record<string, Schema> | undefined;
  [keyword: string]: unknown;
}

/** What comes back. A number that is none (a share of nothing) has no other form in JSON than null. */
export function answerSchema(node: TypeNode): Schema {
  return schemaOf(node, { type: ["number", "null"] });
}

/** What is sent. */
export function requestSchema(node: TypeNode, doc: string): Schema {
  return described(schemaOf(node, { type: "number" }), doc);
}

function described(schema: Schema, doc: string): Schema {
  const description = oneLine(doc);
  return description === "" ? schema : { ...schema, description };
}

function schemaOf(node: TypeNode, number: Schema): Schema {
  const inner = (one: TypeNode): Schema => schemaOf(one, number);
  switch (node.kind) {
    case "word":
      if (node.word === "unknown" || node.word === "any") return {};
      return node.word === "number" ? number : { type: node.word };
    case "literal":
      return { const: node.value };
    case "ref":
      return { $ref: `#/components/schemas/${node.name}` };
    case "record":
      return { type: "object", additionalProperties: inner(node.of) };
    case "list":
      return { type: "array", items: inner(node.of) };
    case "union": {
      const values = node.of.flatMap((one) => (one.kind === "literal" ? [one.value] : []));
      if (values.length === node.of.length) return { enum: values };
      return { anyOf: node.of.map(inner) };
    }
    case "object":
      return {
        type: "object",
        properties: Object.fromEntries(
          node.fields.map(({ name, type, doc }) => [name, described(inner(type), doc)]),
        ),
        required: node.fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
        additionalProperties: false,
      };
    default:
      throw new Error(`${node.text} cannot stand in JSON.`);
  }
}
