import { haskellUses } from "../uses/haskell.ts";
import { bareOperators, joinClauses, splitDottedModules } from "./finish.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

export const haskell: SyntaxLanguage = {
  name: "haskell",
  grammar: "haskell",
  query: `
(header module: (module) @name) @definition.module
(data_type name: [(name) (prefix_id)] @name) @definition.type
(newtype name: [(name) (prefix_id)] @name) @definition.type
(type_synomym name: [(name) (prefix_id)] @name) @definition.type
(type_family name: (name) @name) @definition.type
(data_family name: (name) @name) @definition.type
(kind_signature name: (name) @name) @definition.declaration
(class name: (name) @name) @definition.interface
(instance patterns: (type_patterns . [
  (name) @name
  (apply constructor: (name) @name)
  (parens [(name) @name (apply constructor: (name) @name)])
  (list) @name
])) @scope
(data_constructor [
  (prefix name: [(constructor) (prefix_id)] @name)
  (record name: (constructor) @name)
  (infix operator: (_) @name)
]) @definition.constant
(newtype_constructor name: (constructor) @name) @definition.constant
(gadt_constructor name: (constructor) @name) @definition.constant
(gadt_constructor names: (_ (constructor) @name @definition.constant))
(field name: (field_name (variable) @name)) @definition.property
(field name: (field_name) @name) @definition.property
(signature name: [(variable) (prefix_id)] @name) @definition.declaration
(signature names: (binding_list name: [(variable) (prefix_id)] @name @definition.declaration))
(function name: [(variable) (prefix_id)] @name) @definition.function
(function (infix operator: (_) @name)) @definition.function
(declarations (bind name: [(variable) (prefix_id)] @name) @definition.variable)
(declarations (bind pattern: [(tuple element: (variable) @name @definition.variable)
  (parens (tuple element: (variable) @name @definition.variable))]))
(class_declarations (bind name: (variable) @name) @definition.function)
(instance_declarations (bind name: (variable) @name) @definition.function)
(pattern_synonym [
  (equation synonym: [(constructor) @name (apply function: (constructor) @name)])
  (signature synonym: (constructor) @name)
]) @definition.constant
(foreign_import signature: (signature name: (variable) @name)) @definition.declaration
`,
  uses: haskellUses,
  finish: (parsed) => splitDottedModules(joinClauses(bareOperators(parsed))),
  visibility: allPublic,
};
