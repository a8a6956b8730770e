import { zigUses } from "../uses/zig.ts";
import { publicWhen, type SyntaxLanguage } from "./language.ts";

export const zig: SyntaxLanguage = {
  name: "zig",
  grammar: "zig",
  query: `
(variable_declaration ["const" "var"] . (identifier) @name (struct_declaration)) @definition.struct
(variable_declaration ["const" "var"] . (identifier) @name (union_declaration)) @definition.struct
(variable_declaration ["const" "var"] . (identifier) @name (opaque_declaration)) @definition.struct
(variable_declaration ["const" "var"] . (identifier) @name (enum_declaration)) @definition.enum
(variable_declaration ["const" "var"] . (identifier) @name (error_set_declaration)) @definition.enum
(variable_declaration "const" . (identifier) @name) @definition.constant
(variable_declaration "var" . (identifier) @name) @definition.variable
(error_set_declaration (identifier) @name @definition.constant)
(enum_declaration (container_field name: (identifier) @name) @definition.constant)
(container_field name: (identifier) @name) @definition.property
(function_declaration name: (identifier) @name) @definition.function
(test_declaration (string (string_content) @name)) @definition.function
`,
  uses: zigUses,
  finish: (parsed) => ({
    ...parsed,
    // "const std = @import(…)" is an import.
    definitions: parsed.definitions.map((one) =>
      /=\s*@import\(/.test(one.signature) ? { ...one, kind: "module" } : one,
    ),
  }),
  nameOf: (text) => ({ name: text.replace(/^@"(.*)"$/s, "$1") }),
  visibility: publicWhen(/^(pub|export)\b/),
};
