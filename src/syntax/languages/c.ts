import { cUses } from "../uses/c.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

/** What C and C++ have in common. */
export const sharedQuery = `
(function_definition declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @definition.function
(function_definition declarator: (pointer_declarator declarator: (pointer_declarator
  declarator: (function_declarator declarator: (identifier) @name)))) @definition.function
(declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.declaration
(declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @definition.declaration
(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.struct
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(type_definition declarator: (type_identifier) @name) @definition.type
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator (pointer_declarator
  declarator: (type_identifier) @name)))) @definition.type
(preproc_def name: (identifier) @name) @definition.macro
(preproc_function_def name: (identifier) @name) @definition.macro
(translation_unit (declaration declarator: (init_declarator declarator: [(identifier) @name
  (array_declarator declarator: (identifier) @name) (pointer_declarator declarator: (identifier) @name)])) @definition.variable)
`;

export const c: SyntaxLanguage = {
  name: "c",
  grammar: "c",
  query: sharedQuery,
  uses: cUses,
  visibility: privateWhen(/^static\b/),
};
