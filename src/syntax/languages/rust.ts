import { rustUses } from "../uses/rust.ts";
import { publicWhen, type SyntaxLanguage } from "./language.ts";

export const rust: SyntaxLanguage = {
  name: "rust",
  grammar: "rust",
  query: `
(struct_item name: (type_identifier) @name) @definition.struct
(union_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(type_item name: (type_identifier) @name) @definition.type
(trait_item name: (type_identifier) @name) @definition.trait
(mod_item name: (identifier) @name body: (_)) @definition.module
(macro_definition name: (identifier) @name) @definition.macro
(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(impl_item type: [(type_identifier) @name (generic_type type: (type_identifier) @name)]) @scope
`,
  uses: rustUses,
  visibility: publicWhen(/^pub\b/),
};
