export const rUses = `
(call function: [(identifier) @reference.call (namespace_operator rhs: (identifier) @reference.call)
  (extract_operator rhs: (identifier) @reference.call)])
(argument value: (identifier) @reference.call)
(call function: (identifier) @_load arguments: (arguments . (argument value: [(identifier) @import.module
  (string content: (string_content) @import.module)])) (#any-of? @_load "library" "require" "requireNamespace" "source"))
`;
