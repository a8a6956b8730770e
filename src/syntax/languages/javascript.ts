import { javascriptUses } from "../uses/javascript.ts";
import type { SyntaxLanguage } from "./language.ts";

const functionValue = `[(arrow_function) (function_expression) (generator_function)]`;
/** Calls that give back the function they are given, by their habit. */
const wrapping =
  "(^|[.])(useCallback|useEvent|useEffectEvent|memo|forwardRef|observer|debounce|throttle|asyncHandler|action|once)$";
const key = "[(property_identifier) (string) (number) (computed_property_name)]";

/** The names of one declarator, each a match of its own. */
export const declaratorNames = `(variable_declarator name: [(identifier) @name
  (object_pattern [(shorthand_property_identifier_pattern) @name (pair_pattern value: [(identifier) @name
      (assignment_pattern left: (identifier) @name) (object_pattern [(shorthand_property_identifier_pattern) @name
        (pair_pattern value: (identifier) @name)]) (array_pattern (identifier) @name)])
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name) (rest_pattern (identifier) @name)])
  (array_pattern [(identifier) @name (assignment_pattern left: (identifier) @name) (rest_pattern (identifier) @name)])
]) @definition.variable`;

/** A function, class or object as the value of a name, wherever it stands. */
const namedValues = (declaration: string): string => `
(${declaration} (variable_declarator name: (identifier) @name value: ${functionValue}) @definition.function) @outer
(${declaration} (variable_declarator name: (identifier) @name value: (class)) @definition.class) @outer
(${declaration} (variable_declarator name: (identifier) @name value: (call_expression
  function: [(identifier) (member_expression)] @_wrap arguments: (arguments . [(arrow_function) (function_expression)])))
  @definition.function (#match? @_wrap "${wrapping}")) @outer
`;

/** Members of an object that a module's name stands for; functions are found wherever they are. */
const pair = `(pair key: ${key} @name) @definition.property`;

/** What JavaScript and TypeScript have in common. */
export const sharedQuery = `
(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(function_expression name: (identifier) @name) @definition.function
(generator_function name: (identifier) @name) @definition.function
(class name: (_) @name) @definition.class
(method_definition name: [(property_identifier) (private_property_identifier) (string) (number) (computed_property_name)]
  @name) @definition.method
${namedValues("lexical_declaration")}
${namedValues("variable_declaration")}
(assignment_expression left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: [(function_expression name: (_) @name) (generator_function name: (_) @name)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @definition.function
(assignment_expression left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: (class name: (_) @name) (#eq? @_module "module") (#eq? @_exports "exports")) @definition.class
(assignment_expression left: (member_expression object: (identifier) @name property: (property_identifier) @_prototype)
  right: (object) (#eq? @_prototype "prototype")) @scope
(assignment_expression left: (member_expression object: [(identifier) (member_expression) (this)] @container
  property: [(property_identifier) (private_property_identifier)] @name) right: ${functionValue}
  (#not-eq? @container "module")) @definition.function
(assignment_expression left: (member_expression object: (identifier) @container property: (property_identifier) @name)
  right: [(arrow_function) (function_expression !name) (generator_function !name)] (#eq? @container "module"))
  @definition.function
(assignment_expression left: (subscript_expression object: [(identifier) (member_expression)] @container index: (string) @name)
  right: ${functionValue}) @definition.function
(assignment_expression left: (member_expression object: [(identifier) (member_expression)] @container
  property: (property_identifier) @name) right: (class) (#not-eq? @container "module")) @definition.class
(assignment_expression left: (member_expression object: (identifier) @container property: (property_identifier) @name)
  right: (class !name) (#eq? @container "module")) @definition.class
(assignment_expression left: (identifier) @name right: ${functionValue}) @definition.function
(pair key: ${key} @name value: ${functionValue}) @definition.method
(pair key: ${key} @name value: (class)) @definition.class
(export_specifier alias: [(identifier) (string)] @name (#not-eq? @name "default")) @definition.declaration
(namespace_export [(identifier) (string)] @name) @definition.declaration
`;

/** What a value is kept on that is no thing of its own. */
const noContainer = /^(?:(?:module[.])?exports|this|window|self|globalThis|global|root)(?:[.]|$)/;

/** "Point.prototype" is Point, "module.exports" nothing. */
export function containerOf(text: string): string {
  return text
    .replace(noContainer, "")
    .replace(/[.]prototype$/, "")
    .slice(0, 100);
}

const frozen = `(call_expression function: (member_expression) @_freeze arguments: (arguments . (object ${pair})))`;

const declared = `[(lexical_declaration ${declaratorNames}) @outer (variable_declaration ${declaratorNames}) @outer
  (lexical_declaration (variable_declarator value: (object ${pair})))
  (variable_declaration (variable_declarator value: (object ${pair})))]`;

/** What a module holds itself, also in a block or a function around all of it that is called at once. */
export const sharedTopQuery = `
(lexical_declaration ${declaratorNames}) @outer
(variable_declaration ${declaratorNames}) @outer
(export_statement declaration: ${declared})
(statement_block ${declared})
(expression_statement (call_expression function: (parenthesized_expression
  [(function_expression body: (statement_block ${declared})) (arrow_function body: (statement_block ${declared}))])))
(expression_statement (parenthesized_expression (call_expression function: (function_expression
  body: (statement_block ${declared})))))
(if_statement (statement_block (variable_declaration ${declaratorNames}) @outer))
(try_statement body: (statement_block (variable_declaration ${declaratorNames}) @outer))
(expression_statement (assignment_expression left: (member_expression
  object: (identifier) @container property: (property_identifier) @name)) @definition.property (#not-any-of? @name "exports" "prototype"))
(expression_statement (assignment_expression left: (member_expression
  object: (member_expression object: (identifier) property: (property_identifier) @_end) @container
  property: (property_identifier) @name)) @definition.property (#any-of? @_end "prototype" "exports"))
(expression_statement (assignment_expression left: (member_expression property: (property_identifier) @_exports)
  right: (object ${pair})) (#eq? @_exports "exports"))
(lexical_declaration (variable_declarator value: (object ${pair})))
(variable_declaration (variable_declarator value: (object ${pair})))
(export_statement value: (object ${pair}))
(lexical_declaration (variable_declarator value: ${frozen}) (#any-of? @_freeze "Object.freeze" "Object.seal"))
(export_statement declaration: (lexical_declaration (variable_declarator value: ${frozen}))
  (#any-of? @_freeze "Object.freeze" "Object.seal"))
`;

const isPrivate = /(^|\s)(private|protected)\s|^#/;

/** Names of a module are seen elsewhere when exported; members unless private. */
export const visibility: SyntaxLanguage["visibility"] = ({ name, signature, container }) =>
  container === undefined
    ? /^(export|module\.exports|exports)\b|^\S+ as \S+$/.test(signature)
      ? "public"
      : "private"
    : name.startsWith("#") || isPrivate.test(signature)
      ? "private"
      : "public";

export const javascript: SyntaxLanguage = {
  name: "javascript",
  grammar: "javascript",
  wraps: true,
  query: `${sharedQuery}
(class_declaration name: (identifier) @name) @definition.class
(field_definition property: [(property_identifier) (private_property_identifier) (string) (number) (computed_property_name)]
  @name value: ${functionValue}) @definition.method
(field_definition property: [(property_identifier) (private_property_identifier) (string) (number) (computed_property_name)]
  @name) @definition.property
`,
  topQuery: sharedTopQuery,
  uses: javascriptUses,
  containerOf,
  visibility,
};
