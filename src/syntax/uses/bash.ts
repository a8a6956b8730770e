import type { NameRules } from "../names/rules.ts";

export const bashUses = `
(command name: (command_name (word) @_source) . argument: (_) @import.module (#match? @_source "^(source|[.])$"))
`;

export const bashRules: NameRules = {
  names: { word: "word", variable_name: "value" },
  scopes: [],
  binds: [],
  ignores: ["variable_assignment.name", "for_statement.variable"],
  uses: ["command.argument"],
  calls: ["command_name"],
};
