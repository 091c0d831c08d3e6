---@meta hookswitch.phone
-- Telephone numbers. Read by editors only, never run.

---@class hookswitch.phone
local phone = {}
--- "+573001234567" for "300 123 4567" in CO; nil when it cannot be a number.
---@param number string
---@param country string?  ISO 3166
---@return string?
function phone.e164(number, country) end
---@return string?  ISO 3166
function phone.country(number, country) end
---@return boolean
function phone.valid(number, country) end
--- For people: "+57 300 1234567".
---@return string?
function phone.format(number, country) end

return phone
