--- Reading transcripts: lists of turns {role, message, time_secs, tools}.
local transcript = {}

--- Everything one side said ("user" or "agent"; both when left out), one turn per line.
function transcript.said(turns, role)
  local lines = {}
  for _, turn in ipairs(turns or {}) do
    if (role == nil or turn.role == role) and type(turn.message) == "string" then
      lines[#lines + 1] = turn.message
    end
  end
  return table.concat(lines, "\n")
end

--- Whether a tool of that name was used and did not fail. `name` may be a beginning: "transfer_to_".
function transcript.used_tool(turns, name)
  for _, turn in ipairs(turns or {}) do
    for _, tool in ipairs(turn.tools or {}) do
      if type(tool.name) == "string" and tool.name:sub(1, #name) == name and tool.is_error ~= true then
        return true
      end
    end
  end
  return false
end

return transcript
