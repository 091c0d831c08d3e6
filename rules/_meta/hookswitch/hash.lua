---@meta hookswitch.hash
-- Hashes. Read by editors only, never run.

---@class hookswitch.hash
local hash = {}
---@return string  hex
function hash.sha256(subject) end
---@return string  hex
function hash.hmac_sha256(key, subject) end

return hash
