import { rustUses } from "../uses/rust.ts";
import { publicWhen, type SyntaxLanguage } from "./language.ts";

/** "&'a mut [m::Unit<T>]" is Unit: what an impl block is for, by its own name. */
function typeName(text: string): string {
  let plain = text.replace(/'\w+\b(?!')|\b(?:mut|const|dyn|unsafe|extern)\b|[&*[\]]|;.*$/g, " ");
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replace(/<[^<>]*>/g, "");
  }
  return plain.trim().replace(/^(?:\w+\s*::\s*)+/, "");
}

export const rust: SyntaxLanguage = {
  name: "rust",
  grammar: "rust",
  readsMacros: true,
  query: `
(struct_item name: (type_identifier) @name) @definition.struct
(union_item name: (type_identifier) @name) @definition.struct
(field_declaration name: (field_identifier) @name) @definition.property
(enum_item name: (type_identifier) @name) @definition.enum
(enum_variant name: (identifier) @name) @definition.constant
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(trait_item name: (type_identifier) @name) @definition.trait
(mod_item name: (identifier) @name body: (_)) @definition.module
(mod_item name: (identifier) @name) @definition.declaration
(macro_definition name: (identifier) @name) @definition.macro
(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(let_declaration pattern: (identifier) @name value: (closure_expression)) @definition.function
(impl_item type: (_) @name) @scope
(use_declaration (visibility_modifier) argument: [(use_as_clause alias: (identifier) @name) @definition.declaration
  (scoped_use_list list: (use_list (use_as_clause alias: (identifier) @name) @definition.declaration))
  (use_list (use_as_clause alias: (identifier) @name) @definition.declaration)])
(extern_crate_declaration alias: (identifier) @name) @definition.declaration
(macro_invocation (token_tree "fn" . (identifier) @name @definition.function))
(macro_invocation (token_tree "struct" . (identifier) @name @definition.struct))
(macro_invocation (token_tree "enum" . (identifier) @name @definition.enum))
(macro_invocation (token_tree "static" . (identifier) @_ref . (identifier) @name @definition.variable) (#eq? @_ref "ref"))
(macro_invocation (token_tree "static" . (identifier) @name @definition.variable) (#not-eq? @name "ref"))
(macro_invocation (token_tree (token_tree "fn" . (identifier) @name @definition.function)))
(macro_invocation (token_tree (token_tree "const" . (identifier) @name @definition.constant)))
`,
  uses: rustUses,
  nameOf: (text, kind) => {
    const name = (kind === "scope" ? typeName(text) : text).replace(/^r#/, "");
    return { name: name === "_" ? "" : name };
  },
  // The grammar does not know aliases of traits.
  prepare: (text) => text.replace(/\btrait(?=\s+\w+(?:<[^<>\n]*>)?\s*=)/g, "type "),
  // Variants of an enum are as visible as that.
  visibility: publicWhen(/^pub\b|^[A-Z]\w*\s*(?:[({=].*)?$/),
};
