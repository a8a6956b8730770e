export const rubyUses = `
(superclass [(constant) @reference.inherit (scope_resolution name: (constant) @reference.inherit)])
(call method: (identifier) @reference.call)
(call receiver: (constant) @reference.type)
(call method: (identifier) @_require arguments: (argument_list (string (string_content) @import.module))
  (#match? @_require "^require"))
`;
