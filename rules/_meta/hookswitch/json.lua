---@meta hookswitch.json
-- JSON, exact both ways. Read by editors only, never run.

---@class hookswitch.json
---@field null userdata  JSON's null; compare with it, it is not nil
local json = {}
---@param value any
---@return string  keys sorted
function json.encode(value) end
---@param text string
---@return any  wrong JSON is an error
function json.decode(text) end
--- Marks a table as a list, so that an empty one is written [] and not {}.
---@param list table?
---@return table
function json.array(list) end
---@param value any
---@return boolean
function json.is_array(value) end

return json
