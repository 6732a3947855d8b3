-- A script for wrk: requests a thousand temperatures in turn, and prints the results as one JSON line.
local paths, turn = {}, 0
for index = 1, 1000 do
  paths[index] = string.format("/api/convert-fahrenheit-to-celsius?fahrenheit=%.1f", index * 0.7 - 459)
end

request = function()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn])
end

done = function(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format('\n{"requests":%d,"failed":%d,"p50Us":%d,"p99Us":%d}\n', summary.requests, failed, latency:percentile(50), latency:percentile(99)))
end
