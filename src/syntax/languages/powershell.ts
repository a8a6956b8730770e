import { powershellUses } from "../uses/powershell.ts";
import { renamed } from "./finish.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

/** An assignment's only variable stands below a dozen levels of operators. */
const levels = 8;
const variableAlone = `(left_assignment_expression ${"(_ ".repeat(levels)}(unary_expression [(variable) @name
  (expression_with_unary_operator (cast_expression (unary_expression (variable) @name)))])${")".repeat(levels)})`;

export const powershell: SyntaxLanguage = {
  name: "powershell",
  grammar: "powershell",
  isHeavy: true,
  query: `
(function_statement (function_name) @name) @definition.function
(class_statement . (simple_name) @name) @definition.class
(enum_statement . (simple_name) @name) @definition.enum
(enum_member (simple_name) @name) @definition.constant
(class_property_definition (variable) @name) @definition.property
(class_method_definition (simple_name) @name) @definition.method
(program (statement_list (pipeline (assignment_expression ${variableAlone})) @definition.variable))
(command command_name: (command_name) @_word command_elements: (command_elements . (command_argument_sep) . (generic_token) @name)
  (#match? @_word "^[Cc]onfiguration$")) @definition.function
(command command_name: (command_name) @_word command_elements: (command_elements . (command_argument_sep)
  . (command_parameter) @_name . (command_argument_sep) . (generic_token) @name)
  (#match? @_word "^([Nn]ew|[Ss]et)-([Aa]lias|[Vv]ariable)$") (#match? @_name "^-[Nn]ame$")) @definition.variable
(command command_name: (command_name) @_word command_elements: (command_elements . (command_argument_sep) . (generic_token) @name)
  (#match? @_word "^([Nn]ew|[Ss]et)-([Aa]lias|[Vv]ariable)$")) @definition.variable
(command command_name: (command_name) @_word command_elements: (command_elements . (command_argument_sep) .
  (array_literal_expression (unary_expression (string_literal) @name))) (#match? @_word "^([Dd]escribe|[Cc]ontext|[Ii]t)$")) @definition.section
`,
  uses: powershellUses,
  // The grammar takes "[Flags()] enum" for two statements.
  prepare: (text) =>
    text.replace(
      /\[[A-Za-z][\w.]*\([^()\n]*\)\](?=\s*(?:\[[^\]\n]*\]\s*)*(?:enum|class)\b)/gi,
      (all) => all.replace(/[^\n]/g, " "),
    ),
  // "$script:depth" is depth, "$Name" is Name.
  finish: (parsed) => renamed(parsed, /^\$?(?:(?:script|global|local|private|env):)?(?=.)/i, ""),
  visibility: privateWhen(/(^|\s)hidden\s|^function private:/i),
};
