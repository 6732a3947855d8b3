local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function health(result, condition)
  return { status = result, message = condition.reason .. ": " .. condition.message }
end

if status.observedGeneration ~= obj.metadata.generation or conditions.Ready == nil then
  return { status = "Progressing", message = "The operator has not reconciled this generation yet." }
end
if conditions.Paused ~= nil and conditions.Paused.status == "True" then
  return health("Suspended", conditions.Paused)
end
if conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  return health("Degraded", conditions.Stalled)
end
if conditions.Ready.status == "True" then
  return health("Healthy", conditions.Ready)
end
return health("Progressing", conditions.Ready)
