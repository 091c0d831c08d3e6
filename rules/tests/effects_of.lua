--- What one rule asked for: other rules may ask for more.
return function(outcome, rule)
  local own = {}
  for _, effect in ipairs(outcome.effects) do
    if effect.rule == rule then table.insert(own, effect) end
  end
  return own
end
