-- An Argo CD application inside another one. Argo CD has had no health check for its own kind since 1.8.
local spec = obj.spec or {}
local status = obj.status or {}
local operation = status.operationState or {}
local sync = status.sync or {}
local health = (status.health or {}).status

local function result(health_status, message)
  return { status = health_status, message = message }
end

-- Whether what was compared last is what the application asks for now.
local function compared(source, seen)
  for _, key in ipairs({ "repoURL", "targetRevision", "path", "chart" }) do
    if (source[key] or "") ~= (seen[key] or "") then
      return false
    end
  end
  return true
end

if obj.operation or operation.phase == "Running" or operation.phase == "Terminating" then
  return result("Progressing", operation.message or "is about to sync")
end
if not health then
  return result("Progressing", "waiting for Argo CD to look at it")
end
if spec.source and not compared(spec.source, (sync.comparedTo or {}).source or {}) then
  return result("Progressing", "waiting for Argo CD to see the change")
end
-- What is said of health was seen before the sync ended, of the revision before it.
if operation.finishedAt and status.reconciledAt and status.reconciledAt < operation.finishedAt then
  return result("Progressing", "waiting for Argo CD to look at what it has synced")
end
if (operation.phase == "Failed" or operation.phase == "Error") and sync.status ~= "Synced" then
  return result("Degraded", "the sync failed: " .. (operation.message or "?"))
end
if health == "Missing" and spec.syncPolicy and spec.syncPolicy.automated then
  return result("Progressing", "is about to sync")
end

-- Argo CD keeps the health of each resource here only where it is told to; then the reason can be handed on.
for _, one in ipairs(status.resources or {}) do
  local its = one.health or {}
  if its.status == health and health ~= "Healthy" then
    local name = (one.kind or "?") .. " " .. (one.name or "?")
    return result(health, its.message and name .. ": " .. its.message or name)
  end
end
return result(health, "")
