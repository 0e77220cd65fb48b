(call method: (identifier) @_m arguments: (argument_list (string (string_content) @source)) (#any-of? @_m "require" "require_relative" "load")) @import

(module name: (scope_resolution name: (_) @name)) @definition.namespace
(module name: (_) @name) @definition.namespace
(class name: (constant) @name) @definition.class
(class name: (scope_resolution name: (_) @name)) @definition.class
(singleton_class value: (constant) @name) @definition.class
(singleton_class value: (scope_resolution name: (_) @name)) @definition.class
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(alias name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant
(call method: (identifier) @_m arguments: (argument_list (simple_symbol) @name) (#match? @_m "^attr_(reader|writer|accessor)$")) @definition.property
