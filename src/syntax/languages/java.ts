import { javaUses } from "../uses/java.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const java: SyntaxLanguage = {
  name: "java",
  grammar: "java",
  query: `
(package_declaration [(identifier) (scoped_identifier)] @name) @definition.declaration
(module_declaration name: (_) @name) @definition.module
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(record_declaration parameters: (formal_parameters [(formal_parameter name: (identifier) @name)
  (spread_parameter (variable_declarator name: (identifier) @name))] @definition.property))
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(annotation_type_element_declaration name: (identifier) @name) @definition.method
(enum_declaration name: (identifier) @name) @definition.enum
(enum_constant name: (identifier) @name) @definition.constant
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.constructor
(compact_constructor_declaration name: (identifier) @name) @definition.constructor
(field_declaration declarator: (variable_declarator name: (identifier) @name) @definition.property) @outer
(constant_declaration declarator: (variable_declarator name: (identifier) @name) @definition.constant) @outer
(local_variable_declaration declarator: (variable_declarator name: (identifier) @name value: (lambda_expression))
  @definition.function) @outer
`,
  uses: javaUses,
  visibility: privateWhen(/(^|\s)private\s/),
};
