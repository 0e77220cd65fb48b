local a = require("a.b")
local M = {}
-- Adds.
function M.add(x, y)
  if x and y then return x + y end
end
function M:get() return self end
local function helper() end
M.last = function() end
local limit = 3
return M
