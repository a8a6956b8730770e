import { juliaUses } from "../uses/julia.ts";
import { documented } from "./finish.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

const called = `(call_expression . [
  (identifier) @name
  (operator) @name
  (parametrized_type_expression . (identifier) @name)
  (field_expression value: (_) @container [(identifier) (operator)] @name .)
  (field_expression value: (_) @container (quote_expression (_) @name) .)
  (parenthesized_expression (typed_expression (_) . (identifier) @name))
])`;
const signature = `[
  ${called}
  (typed_expression . ${called})
  (where_expression . [${called} (typed_expression . ${called})])
]`;
const typeName = `[
  (identifier) @name
  (parametrized_type_expression . (identifier) @name)
  (binary_expression . [(identifier) @name (parametrized_type_expression . (identifier) @name)])
]`;
const field = `[
  (identifier) @name @definition.property
  (typed_expression . (identifier) @name) @definition.property
  (assignment . [(identifier) @name (typed_expression . (identifier) @name)]) @definition.property
]`;

export const julia: SyntaxLanguage = {
  name: "julia",
  grammar: "julia",
  isHeavy: true,
  query: `
(module_definition name: (identifier) @name) @definition.module
(function_definition (signature ${signature})) @definition.function
(function_definition (signature (identifier) @name)) @definition.declaration
(macro_definition (signature ${signature})) @definition.macro
(assignment . ${signature}) @definition.function
(struct_definition (type_head ${typeName})) @definition.struct
(struct_definition ${field})
(abstract_definition (type_head ${typeName})) @definition.type
(primitive_definition (type_head ${typeName})) @definition.type
(macrocall_expression (macro_identifier (identifier) @_enum) (macro_argument_list . [(identifier) @name (typed_expression . (identifier) @name)])
  (#eq? @_enum "enum")) @definition.enum
(macrocall_expression (macro_identifier (identifier) @_enum) (macro_argument_list . (_) [
    (identifier) @name @definition.constant
    (assignment . (identifier) @name) @definition.constant
    (compound_statement [(identifier) @name @definition.constant (assignment . (identifier) @name) @definition.constant])
  ]) (#eq? @_enum "enum"))
(const_statement (assignment . [(identifier) @name (typed_expression . (identifier) @name)])) @definition.constant
(const_statement (assignment . [(tuple_expression (identifier) @name @definition.constant)
  (open_tuple (identifier) @name @definition.constant)]))
(global_statement [(identifier) @name (assignment . (identifier) @name)]) @definition.variable
([(source_file (assignment . (identifier) @name [(arrow_function_expression) (function_definition)]) @definition.function)
  (module_definition (assignment . (identifier) @name [(arrow_function_expression) (function_definition)]) @definition.function)])
([(source_file (assignment . (identifier) @name) @definition.variable)
  (module_definition (assignment . (identifier) @name) @definition.variable)])
(macrocall_expression (macro_identifier (identifier) @_test) (macro_argument_list . (string_literal (content) @name))
  (#eq? @_test "testset")) @definition.section
`,
  uses: juliaUses,
  definesByCalls: true,
  visibility: allPublic,
  finish: (parsed, text) => documented(parsed, text),
};
