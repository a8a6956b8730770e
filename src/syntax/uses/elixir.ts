export const elixirUses = `
(call target: [(identifier) @reference.call (dot right: (identifier) @reference.call)]
  (#not-any-of? @reference.call "def" "defp" "defmodule" "defmacro" "defmacrop" "defstruct" "defimpl" "defprotocol"
    "defdelegate" "defguard" "defguardp" "defexception" "alias" "import" "require" "use" "moduledoc" "doc" "spec" "type"))
(binary_operator operator: "|>" right: (identifier) @reference.call)
(call target: (dot left: (alias) @reference.type))
(struct (alias) @reference.call)
(unary_operator operator: "&" operand: (binary_operator left: [(identifier) @reference.call
  (call target: (dot right: (identifier) @reference.call))] operator: "/"))
(call target: (identifier) @_word (arguments . (alias) @reference.inherit) (#any-of? @_word "use" "defimpl"))
(unary_operator operator: "@" operand: (call target: (identifier) @_word (arguments (alias) @reference.inherit))
  (#eq? @_word "behaviour"))
(call target: (identifier) @_word (arguments . (alias) @import.module) (#any-of? @_word "alias" "import" "require" "use"))
`;
