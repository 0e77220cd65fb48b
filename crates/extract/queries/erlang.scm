(import_attribute module: (_) @source) @import
(pp_include file: (_) @source) @import
(pp_include_lib file: (_) @source) @import

(module_attribute name: (_) @name) @definition.name
(fun_decl clause: (function_clause name: (atom) @name)) @definition.clause
(record_decl name: (atom) @name) @definition.class
(type_alias name: (type_name name: (atom) @name)) @definition.type
(opaque name: (type_name name: (atom) @name)) @definition.type
(callback fun: (atom) @name) @definition.method
(pp_define lhs: (macro_lhs name: (_) @name)) @definition.macro
