import { goUses } from "../uses/go.ts";
import type { SyntaxLanguage } from "./language.ts";

const functionOnly = "(expression_list . (func_literal) .)";

export const go: SyntaxLanguage = {
  name: "go",
  grammar: "go",
  query: `
(package_clause (package_identifier) @name) @definition.declaration
(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @container (pointer_type (type_identifier) @container)
    (generic_type type: (type_identifier) @container)
    (pointer_type (generic_type type: (type_identifier) @container))
    (parenthesized_type (_) @container)]))
  name: (field_identifier) @name) @definition.method
(type_declaration (type_spec name: (type_identifier) @name type: (struct_type)) @definition.struct) @outer
(type_declaration (type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface) @outer
(type_declaration (type_spec name: (type_identifier) @name) @definition.type) @outer
(type_declaration (type_alias name: (type_identifier) @name) @definition.type) @outer
(field_declaration name: (field_identifier) @name) @definition.property
(method_elem name: (field_identifier) @name) @definition.method
(var_declaration (var_spec name: (identifier) @name value: ${functionOnly}) @definition.function) @outer
(short_var_declaration left: (expression_list . (identifier) @name .) right: ${functionOnly}) @definition.function
`,
  topQuery: `
(const_declaration (const_spec (identifier) @name) @definition.constant) @outer
(var_declaration [(var_spec name: (identifier) @name) @definition.variable
  (var_spec_list (var_spec name: (identifier) @name) @definition.variable)]) @outer
`,
  uses: goUses,
  nameOf: (text) => ({ name: text === "_" ? "" : text }),
  containerOf: (text) => text.replace(/^\*|\[.*$/gs, ""),
  visibility: ({ name }) => (/^\p{Lu}/u.test(name) ? "public" : "private"),
};
