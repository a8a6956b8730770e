import { goUses } from "../uses/go.ts";
import type { SyntaxLanguage } from "./language.ts";

export const go: SyntaxLanguage = {
  name: "go",
  grammar: "go",
  query: `
(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @container (pointer_type (type_identifier) @container)
    (generic_type type: (type_identifier) @container)
    (pointer_type (generic_type type: (type_identifier) @container))]))
  name: (field_identifier) @name) @definition.method
(type_declaration (type_spec name: (type_identifier) @name type: (struct_type))) @definition.struct
(type_declaration (type_spec name: (type_identifier) @name type: (interface_type))) @definition.interface
(type_declaration (type_spec name: (type_identifier) @name
  type: [(type_identifier) (function_type) (map_type) (slice_type) (pointer_type) (qualified_type) (channel_type) (array_type)])) @definition.type
(type_declaration (type_alias name: (type_identifier) @name)) @definition.type
(source_file (const_declaration (const_spec name: (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.variable))
`,
  uses: goUses,
  visibility: ({ name }) => (/^\p{Lu}/u.test(name) ? "public" : "private"),
};
