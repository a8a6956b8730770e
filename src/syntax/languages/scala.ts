import { scalaUses } from "../uses/scala.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

const pattern = `pattern: [(identifier) @name (tuple_pattern (identifier) @name) (identifiers (identifier) @name)
  (case_class_pattern pattern: (identifier) @name)]`;
const values = `[(val_definition ${pattern}) @definition.property (var_definition ${pattern}) @definition.property
  (val_declaration name: (identifier) @name) @definition.property
  (var_declaration name: (identifier) @name) @definition.property]`;

export const scala: SyntaxLanguage = {
  name: "scala",
  grammar: "scala",
  isHeavy: true,
  query: `
(package_clause name: (_) @name body: (_)) @definition.namespace
(package_clause name: (_) @name) @definition.declaration
(package_object name: (identifier) @name) @definition.module
(class_definition name: (identifier) @name) @definition.class
(class_definition "case" class_parameters: (class_parameters (class_parameter name: (identifier) @name)
  @definition.property))
(class_parameter ["val" "var"] name: (identifier) @name) @definition.property
(object_definition name: (identifier) @name) @definition.class
(trait_definition name: (identifier) @name) @definition.trait
(enum_definition name: (identifier) @name) @definition.enum
(simple_enum_case name: (identifier) @name) @definition.constant
(full_enum_case name: (identifier) @name) @definition.constant
(function_definition name: [(identifier) (operator_identifier)] @name) @definition.function
(function_declaration name: [(identifier) (operator_identifier)] @name) @definition.function
(given_definition name: (identifier) @name) @definition.property
(template_body ${values})
(with_template_body ${values})
(enum_body ${values})
(ERROR ${values})
(block (val_definition pattern: (identifier) @name value: (lambda_expression)) @definition.function)
(type_definition name: (type_identifier) @name) @definition.type
`,
  topQuery: values,
  uses: scalaUses,
  visibility: privateWhen(/(^|\s)private\b/),
};
