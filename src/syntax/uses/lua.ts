export const luaUses = `
(function_call name: [(identifier) @reference.call (dot_index_expression field: (identifier) @reference.call)
  (method_index_expression method: (identifier) @reference.call)])
(variable_declaration (assignment_statement (variable_list . name: (identifier) @import.alias)
  (expression_list . value: (function_call name: (identifier) @_require arguments: (arguments (string content: (string_content) @import.module)))))
  (#eq? @_require "require"))
`;
