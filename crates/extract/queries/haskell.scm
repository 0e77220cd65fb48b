(import module: (_) @source) @import

(class name: (name) @name) @definition.trait
(data_type name: (name) @name) @definition.type
(newtype name: (name) @name) @definition.type
(type_synonym name: (name) @name) @definition.type
(data_constructor (prefix name: (constructor) @name)) @definition.enum_member
(data_constructor (record name: (constructor) @name)) @definition.enum_member
(instance name: (name) @name) @container
(declarations (function name: (variable) @name) @definition.clause)
(declarations (bind name: (variable) @name) @definition.clause)
(class_declarations (signature name: (variable) @name) @definition.method)
(class_declarations (function name: (variable) @name) @definition.method)
(instance_declarations (function name: (variable) @name) @definition.clause)
(instance_declarations (bind name: (variable) @name) @definition.clause)
