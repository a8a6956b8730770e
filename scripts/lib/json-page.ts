/* docs/json.md and docs/json.schema.json, made of src/cli/output/json-outputs.ts. */
import { errorCatalogue } from "../../src/base/errors.ts";
import {
  type Field,
  oneLine,
  schemaOf,
  type TypeModel,
  type TypeNode,
  typeInWords,
} from "./type-model.ts";

export interface JsonPages {
  page: string;
  schema: string;
}

export function jsonPages(model: TypeModel): JsonPages {
  const commands = model.fieldsOf("cli/output/json-outputs.ts", "JsonOutputs");
  return {
    page: pageOf(commands, model),
    schema: schemaText(commands, model),
  };
}

/** One line a command and a type: the file is for programs, and differences are read by line. */
function schemaText(commands: readonly Field[], model: TypeModel): string {
  const lines = (rows: readonly { name: string; type: TypeNode }[]): string =>
    rows
      .map(({ name, type }) => `    ${JSON.stringify(name)}: ${JSON.stringify(schemaOf(type))}`)
      .join(",\n");
  return `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "What haypile prints with --json, by command",
  "properties": {
${lines(commands)}
  },
  "$defs": {
${lines(model.named)}
  }
}
`;
}

function pageOf(commands: readonly Field[], model: TypeModel): string {
  const sections = commands.map(({ name, type, doc }) =>
    [`### haypile ${name}`, ...(doc === "" ? [] : [oneLine(doc), ""]), ...bodyOf(type)].join("\n"),
  );
  const types = model.named.map(({ name, type, doc }) =>
    [`### ${name}`, ...(doc === "" ? [] : [oneLine(doc), ""]), ...bodyOf(type)].join("\n"),
  );
  return `<!-- Made by scripts/generate-docs.ts from src/cli/output/json-outputs.ts; change it there. -->
# Output for programs

With \`--json\` a command prints one object on stdout and nothing else there; notes and progress go to stderr. Commands that
go on (\`watch\`, \`status --memory --watch\`) print one object a line. \`memories export\` prints lines of JSON by itself
(\`docs/memories.md\`), \`logs --json\` the daemon's lines as they are.

A field marked \`?\` may be left out. New fields may come with any version; those that are here keep their names and
meaning, and a change stands in \`UPGRADING.md\`. The same as JSON Schema: \`docs/json.schema.json\`.

When a command fails, stdout is empty, the exit code is that of \`docs/errors.md\`, and stderr ends with one line:

\`\`\`json
{"error":{"code":"HAYPILE_NOT_INDEXED","message":"There is no index for …","data":{"root":"…"}}}
\`\`\`

\`code\` is one of the ${Object.keys(errorCatalogue).length} of \`docs/errors.md\`; \`data\` has the facts of the message.

## Commands
${sections.join("\n\n")}

## Types
${types.join("\n\n")}
`;
}

function bodyOf(type: TypeNode): string[] {
  if (type.kind === "ref") return [`A ${link(type.name)}.`];
  if (type.kind === "union") {
    return type.of.flatMap((one, at) => [...(at === 0 ? [] : ["", "or", ""]), ...bodyOf(one)]);
  }
  if (type.kind !== "object") return [`\`${typeInWords(type)}\``];
  return ["| field | type | |", "|---|---|---|", ...rowsOf(type.fields, "")];
}

/** Fields of objects without a name stand below their own, with dots. */
function rowsOf(fields: readonly Field[], prefix: string): string[] {
  return fields.flatMap(({ name, type, isOptional, doc }) => {
    const path = `${prefix}${name}`;
    const [inner, mark] = innerOf(type);
    const shown =
      inner === undefined
        ? typeCell(type)
        : mark === "[]"
          ? "list of"
          : mark === "{}"
            ? "by name"
            : "";
    const row = `| \`${path}${isOptional ? "?" : ""}\` | ${shown} | ${oneLine(doc).replaceAll("|", "\\|")} |`;
    return inner === undefined
      ? [row]
      : [row, ...rowsOf(inner, `${path}${mark === "{}" ? ".*" : mark}.`)];
  });
}

function innerOf(type: TypeNode): [Field[] | undefined, string] {
  if (type.kind === "object") return [type.fields, ""];
  if (type.kind === "list" && type.of.kind === "object") return [type.of.fields, "[]"];
  if (type.kind === "record" && type.of.kind === "object") return [type.of.fields, "{}"];
  return [undefined, ""];
}

function typeCell(type: TypeNode): string {
  if (type.kind === "ref") return link(type.name);
  if (type.kind === "list" && type.of.kind === "ref") return `list of ${link(type.of.name)}`;
  if (type.kind === "record" && type.of.kind === "ref") return `${link(type.of.name)} by name`;
  if (type.kind === "union" && type.of.some((one) => one.kind === "ref")) {
    return type.of.map(typeCell).join(" or ");
  }
  return `\`${typeInWords(type).replaceAll("|", "\\|")}\``;
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}
