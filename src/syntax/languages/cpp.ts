import { cppUses } from "../uses/cpp.ts";
import { sharedQuery } from "./c.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const cpp: SyntaxLanguage = {
  name: "cpp",
  grammar: "cpp",
  isHeavy: true,
  query: `${sharedQuery}
(class_specifier name: (type_identifier) @name body: (_)) @definition.class
(class_specifier name: (qualified_identifier scope: (_) @container name: (type_identifier) @name) body: (_)) @definition.class
(struct_specifier name: (qualified_identifier scope: (_) @container name: (type_identifier) @name) body: (_)) @definition.struct
(namespace_definition name: (namespace_identifier) @name) @definition.namespace
(alias_declaration name: (type_identifier) @name) @definition.type
(function_definition declarator: (function_declarator declarator: [(field_identifier) @name (destructor_name) @name (operator_name) @name])) @definition.method
(function_definition declarator: [(pointer_declarator (function_declarator declarator: (field_identifier) @name))
  (reference_declarator (function_declarator declarator: (field_identifier) @name))]) @definition.method
(function_definition declarator: (reference_declarator (function_declarator declarator: (identifier) @name))) @definition.function
(function_definition declarator: (function_declarator declarator: (qualified_identifier
  scope: (_) @container name: [(identifier) @name (destructor_name) @name (operator_name) @name]))) @definition.method
(function_definition declarator: (function_declarator declarator: (qualified_identifier
  name: (qualified_identifier scope: (_) @container name: [(identifier) @name (destructor_name) @name])))) @definition.method
(function_definition declarator: [(pointer_declarator (function_declarator declarator: (qualified_identifier
    scope: (_) @container name: (identifier) @name)))
  (reference_declarator (function_declarator declarator: (qualified_identifier
    scope: (_) @container name: (identifier) @name)))]) @definition.method
(field_declaration declarator: (function_declarator declarator: (field_identifier) @name)) @definition.declaration
(field_declaration declarator: (field_identifier) @name) @definition.property
`,
  uses: cppUses,
  visibility: privateWhen(/^static\b/),
};
