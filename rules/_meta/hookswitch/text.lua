---@meta hookswitch.text
-- Words and expressions (RE2: linear time). Read by editors only, never run.

---@class hookswitch.text
local text = {}
--- The groups of the first match of an RE2 expression, or all of it when it has none; nil without a match.
---@param subject string
---@param expression string
---@return string? ...
function text.match(subject, expression) end
--- Every match: its first group, or all of it.
---@return string[]
function text.find_all(subject, expression) end
--- Every match replaced; \1 to \9 are groups.
---@return string
function text.replace(subject, expression, replacement) end
---@return string  Latin, Greek and Cyrillic letters in lower case
function text.lower(subject) end
---@return string
function text.trim(subject) end
---@return string[]
function text.split(subject, separator) end
---@return boolean  a word or phrase, upper and lower case alike
function text.contains_word(subject, word) end
---@class Keywords
--- Compiles {word = weight} once, at the top of a file. Words may be phrases.
---@param weights table<string, number>
---@return Keywords
function text.keywords(weights) end
--- The sum of the weights of all words found.
---@param subject string
---@param weights Keywords|table<string, number>
---@return number
function text.score(subject, weights) end
---@class Categories
--- Compiles {category = {word = weight}} once, at the top of a file.
---@param categories table<string, table<string, number>>
---@return Categories
function text.categories(categories) end
--- The sum of each category, in one reading of the text.
---@param subject string
---@param categories Categories
---@return table<string, number>
function text.scores(subject, categories) end

return text
