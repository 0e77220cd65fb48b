(call function: (identifier) @_m arguments: (arguments (argument value: (_) @source)) (#any-of? @_m "library" "require" "source" "requireNamespace")) @import

(binary_operator lhs: [(identifier) (string)] @name operator: ["<-" "=" "<<-"] rhs: (function_definition)) @definition.function
(program (binary_operator lhs: (identifier) @name operator: ["<-" "="]) @definition.variable)
