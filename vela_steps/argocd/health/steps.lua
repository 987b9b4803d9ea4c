local function result(status, message)
  return { status = status, message = message }
end

-- The first step or sub-step in one of these phases, as "step e2e (github-dispatch)" and its own message.
local function step_in(steps, phases)
  for _, step in ipairs(steps or {}) do
    local name, message = step_in(step.subSteps, phases)
    if name then
      return name, message
    end
    if phases[step.phase] then
      return "step " .. (step.name or "?") .. " (" .. (step.type or "?") .. ")", step.message or ""
    end
  end
end

-- One line for people: what the step says of itself, or what the workflow as a whole says.
local function tell(steps, phases, verb, otherwise)
  local name, message = step_in(steps, phases)
  if not name then
    return otherwise
  end
  if message == "" then
    return name .. " " .. verb
  end
  return name .. " " .. verb .. ": " .. message
end
