open Base
(* A color. *)
type color = Red | Green of int
module Box = struct
  let get at = if at > 0 then at else 0
  let limit = 3
end
let add a b = a + b
let twice = fun x -> x * 2
exception Bad of string
