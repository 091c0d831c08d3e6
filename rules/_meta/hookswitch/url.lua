---@meta hookswitch.url
-- URLs. Read by editors only, never run.

---@class hookswitch.url
local url = {}
---@return string
function url.encode(subject) end
---@return string
function url.decode(subject) end
---@param query string
---@return table<string, string>
function url.parse_query(query) end
---@param fields table<string, string|number|boolean>
---@return string  names sorted
function url.build_query(fields) end

return url
