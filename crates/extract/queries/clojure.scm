(list_lit . value: (sym_lit name: (sym_name) @_m) . value: (sym_lit name: (sym_name) @name) (#eq? @_m "ns")) @definition.name
(list_lit . value: (sym_lit name: (sym_name) @_m) . value: (sym_lit name: (sym_name) @name) (#any-of? @_m "defn" "defn-" "defmacro" "defmulti" "defmethod" "deftest" "definline")) @definition.function
(list_lit . value: (sym_lit name: (sym_name) @_m) . value: (sym_lit name: (sym_name) @name) (#any-of? @_m "def" "defonce")) @definition.variable
(list_lit . value: (sym_lit name: (sym_name) @_m) . value: (sym_lit name: (sym_name) @name) (#any-of? @_m "defrecord" "deftype")) @definition.class
(list_lit . value: (sym_lit name: (sym_name) @_m) . value: (sym_lit name: (sym_name) @name) (#any-of? @_m "defprotocol" "definterface")) @definition.interface
