import { cUses } from "../uses/c.ts";
import { declared, scopedName } from "./c-declarators.ts";
import { withoutMacros } from "./c-macros.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

const external = `(declaration (storage_class_specifier "extern") declarator: (_) @name @definition.declaration) @outer`;
const value = "(declaration declarator: (_) @name @definition.variable) @outer";

/** Declarations where code elsewhere may see them, also below #if; those of functions are nobody's business. */
export const declarationsIn = (holder: string): string => `
(${holder} ${external})
(${holder} ${value})`;
const conditionals = ["preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif"];

/** Macros that define: tests, system calls, locks. */
const macros = `
(function_definition !type declarator: (function_declarator declarator: (identifier) @_macro
  parameters: (parameter_list . (parameter_declaration type: (type_identifier) @container !declarator)
    . (parameter_declaration type: (type_identifier) @name !declarator)))
  (#match? @_macro "^[A-Z][A-Z0-9_]+$")) @definition.function
(function_definition !type declarator: (function_declarator declarator: (identifier) @_macro
  parameters: (parameter_list . (parameter_declaration type: (type_identifier) @name !declarator) .))
  (#match? @_macro "^[A-Z][A-Z0-9]*_[A-Z0-9_]+$")) @definition.function
`;

/** What stands outside of everything. */
export const sharedTopQuery = `
(translation_unit (expression_statement (call_expression function: (identifier) @_macro
  arguments: (argument_list . [(identifier) @name (string_literal (string_content) @name)]))) @definition.function
  . (compound_statement) (#match? @_macro "^[A-Z][A-Z0-9_]+$"))
(expression_statement (call_expression function: (identifier) @_macro
  arguments: (argument_list . (identifier) @name)) (#match? @_macro "^(DEFINE|DECLARE)_|^LIST_HEAD$")) @definition.variable
${external}
${value}
`;

/** What C and C++ have in common. */
export const sharedQuery = `
${macros}
(function_definition type: (_) declarator: (_) @name) @definition.function
(function_definition !type declarator: (_) @name
  (#not-match? @name "^[A-Z][A-Z0-9_]*(_[A-Z0-9]+\\\\(\\\\w+\\\\)|\\\\(\\\\w+, *\\\\w+)")) @definition.function
${conditionals.map(declarationsIn).join("")}
(field_declaration declarator: (_) @name @definition.property) @outer
(struct_specifier name: (_) @name body: (_)) @definition.struct
(union_specifier name: (_) @name body: (_)) @definition.struct
(enum_specifier name: (_) @name body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.constant
(type_definition type: [(struct_specifier !name body: (_)) (union_specifier !name body: (_))] . declarator: (_) @name)
  @definition.struct
(type_definition type: (enum_specifier !name body: (_)) . declarator: (_) @name) @definition.enum
(type_definition declarator: (_) @name) @definition.type
(preproc_def name: (identifier) @name) @definition.macro
(preproc_function_def name: (identifier) @name) @definition.macro
`;

export const c: SyntaxLanguage = {
  name: "c",
  grammar: "c",
  query: `${sharedQuery}
(linkage_specification body: (declaration_list ${value}))
`,
  topQuery: sharedTopQuery,
  uses: cUses,
  innerName: declared,
  nameOf: scopedName,
  prepare: withoutMacros,
  visibility: privateWhen(/^static\b/),
};
