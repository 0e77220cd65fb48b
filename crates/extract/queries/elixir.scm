(unary_operator operator: "@" operand: (call target: (identifier) @_m) (#any-of? @_m "doc" "spec" "impl" "typedoc" "deprecated" "since" "tag")) @prefix

(call target: (identifier) @_m (arguments . (alias) @source) (#any-of? @_m "alias" "import" "require" "use")) @import

(call target: (identifier) @_m (arguments . (alias) @name) (#any-of? @_m "defmodule" "defprotocol")) @definition.class
(call target: (identifier) @_m (arguments . (alias) @name) (#any-of? @_m "defimpl")) @container
(call target: (identifier) @_m (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name) operator: "when")
  ])
  (#any-of? @_m "def" "defp" "defdelegate" "defguard" "defguardp" "defmacro" "defmacrop" "defn" "defnp")) @definition.clause
(unary_operator operator: "@" operand: (call target: (identifier) @_m (arguments (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "::"))
  (#any-of? @_m "type" "typep" "opaque"))) @definition.type
(unary_operator operator: "@" operand: (call target: (identifier) @_m (arguments (binary_operator left: (call target: (identifier) @name) operator: "::"))
  (#any-of? @_m "callback" "macrocallback"))) @definition.method
(call target: (identifier) @_m (arguments . (string (quoted_content) @name)) (do_block) (#any-of? @_m "test" "describe")) @definition.function
