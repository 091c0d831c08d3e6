---@meta hookswitch.time
-- Times and opening hours. Read by editors only, never run.

---@class hookswitch.time
local time = {}
---@param ms integer
---@return string
function time.rfc3339(ms) end
---@param text string
---@return integer?  ms; nil when it is no RFC 3339 time
function time.parse(text) end
---@class LocalTime
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field min integer
---@field sec integer
---@field wday integer         1 Monday .. 7 Sunday
---@field offset_secs integer
---@param ms integer
---@param zone string
---@return LocalTime
function time.in_zone(ms, zone) end
--- The same time on the wall clock, days later, also across a change of the clock.
---@param ms integer
---@param zone string
---@param days integer
---@return integer
function time.add_days(ms, zone, days) end
---@class BusinessWindow
---@field days string?  "mon-fri,sun"; every day when left out
---@field from string   "09:00"
---@field to string     "18:00"; not after `from`: the next day
---@param ms integer
---@param zone string
---@param window BusinessWindow
---@return boolean
function time.within(ms, zone, window) end
--- The first moment at or after `ms` inside the window.
---@return integer
function time.next_open(ms, zone, window) end

return time
