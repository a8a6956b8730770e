import { ocamlInterfaceUses, ocamlUses } from "../uses/ocaml.ts";
import { bareOperators } from "./finish.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

const valueName = "[(value_name) @name (parenthesized_operator) @name]";

/** Values that a pattern takes apart. */
const pattern = `[
  (typed_pattern pattern: (value_name) @name @definition.variable)
  (tuple_pattern (value_name) @name @definition.variable)
  (parenthesized_pattern (tuple_pattern (value_name) @name @definition.variable))
]`;

/** What implementations and interfaces have in common. */
const sharedQuery = `
(module_definition (module_binding [(module_name) (module_type_name)] @name)) @definition.module
(module_type_definition (module_type_name) @name) @definition.interface
(exception_definition (constructor_declaration (constructor_name) @name)) @definition.class
(type_definition (type_binding name: (type_constructor) @name body: (record_declaration)) @definition.struct)
(type_definition (type_binding name: (type_constructor) @name body: (variant_declaration)) @definition.enum)
(type_definition (type_binding name: (type_constructor) @name) @definition.type)
(type_definition (type_binding name: (type_constructor_path) @name) @scope)
(constructor_declaration (constructor_name) @name) @definition.constant
(polymorphic_variant_type (tag_specification (tag) @name @definition.constant))
(field_declaration (field_name) @name) @definition.property
(value_specification ${valueName}) @definition.declaration
(external ${valueName}) @definition.function
(class_definition (class_binding (class_name) @name) @definition.class)
(class_type_definition (class_type_binding (class_type_name) @name) @definition.interface)
(method_specification (method_name) @name) @definition.declaration
`;

export const ocaml: SyntaxLanguage = {
  name: "ocaml",
  grammar: "ocaml",
  isHeavy: true,
  query: `${sharedQuery}
(value_definition (let_binding pattern: ${valueName} (parameter)) @definition.function)
(value_definition (let_binding pattern: ${valueName} body: [(fun_expression) (function_expression)]) @definition.function)
(compilation_unit (value_definition (let_binding pattern: ${valueName}) @definition.variable))
(structure (value_definition (let_binding pattern: ${valueName}) @definition.variable))
(compilation_unit (value_definition (let_binding pattern: ${pattern})))
(structure (value_definition (let_binding pattern: ${pattern})))
(instance_variable_definition (instance_variable_name) @name) @definition.property
(method_definition (method_name) @name) @definition.method
`,
  uses: ocamlUses,
  finish: bareOperators,
  visibility: allPublic,
};

/** Of ".mli" files. */
export const ocamlInterface: SyntaxLanguage = {
  name: "ocaml-interface",
  grammar: "ocaml_interface",
  isHeavy: true,
  query: `${sharedQuery}
(class_definition (class_binding (class_name) @name) @definition.class)
(instance_variable_specification (instance_variable_name) @name) @definition.property
`,
  uses: ocamlInterfaceUses,
  finish: bareOperators,
  visibility: allPublic,
};
