export const bashUses = `
(command name: (command_name (word) @reference.call))
(command name: (command_name (word) @_source) . argument: (_) @import.module (#match? @_source "^(source|[.])$"))
`;
