import { cppUses } from "../uses/cpp.ts";
import { declarationsIn, sharedQuery, sharedTopQuery } from "./c.ts";
import { declared, scopedName } from "./c-declarators.ts";
import { withoutCppMacros } from "./c-macros.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const cpp: SyntaxLanguage = {
  name: "cpp",
  grammar: "cpp",
  isHeavy: true,
  wraps: true,
  query: `
(declaration declarator: (init_declarator declarator: (identifier) @name value: (lambda_expression))
  @definition.function) @outer
${sharedQuery}
${declarationsIn("declaration_list")}
${declarationsIn("template_declaration")}
(linkage_specification (declaration declarator: (_) @name @definition.declaration) @outer)
(field_declaration_list (declaration declarator: (_) @name @definition.declaration) @outer)
(class_specifier name: (_) @name body: (_)) @definition.class
(namespace_definition name: (_) @name) @definition.namespace
(namespace_alias_definition name: (_) @name) @definition.declaration
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
`,
  topQuery: `
(declaration declarator: (init_declarator declarator: (structured_binding_declarator (identifier) @name)))
  @definition.variable
${sharedTopQuery}`,
  uses: cppUses,
  innerName: declared,
  nameOf: scopedName,
  prepare: withoutCppMacros,
  visibility: privateWhen(/^static\b/),
};
