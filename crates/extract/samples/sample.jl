module Shop
using LinearAlgebra
"A box."
struct Box
    n::Int
end
# Gets.
function get(b::Box, at)
    if at > 0 && b.n > 0
        return at
    end
    b.n
end
twice(x) = 2x
macro m(x) x end
const LIMIT = 3
abstract type Thing end
end
