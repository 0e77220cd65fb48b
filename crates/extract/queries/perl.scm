(use_statement module: (_) @source) @import

(package_statement name: (package) @name (block)) @definition.class
(package_statement name: (package) @name) @definition.name
(subroutine_declaration_statement name: (bareword) @name) @definition.function
(method_declaration_statement name: (bareword) @name) @definition.method
