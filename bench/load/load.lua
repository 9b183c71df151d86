-- One request, over and over: wrk ... -s load.lua ADDRESS -- METHOD PATH BODY IDS HEADER...
-- BODY and IDS are files; `{id}` in the path or the body stands for every line of IDS in turn.
-- The last line printed is the result as JSON.

local requests, turn = {}, 0

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function filled(text, id)
  return (text:gsub("{id}", function() return id end))
end

function init(args)
  local method, path, body = args[1], args[2], read(args[3])
  local headers = {}
  for n = 5, #args do
    local name, value = args[n]:match("^(.-): (.*)$")
    headers[name] = value
  end
  for id in read(args[4]):gmatch("[^\n]+") do
    local text = filled(body, id)
    requests[#requests + 1] = wrk.format(method, filled(path, id), headers, #text > 0 and text or nil)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '{"answers": %d, "us": %d, "refused": %d, "broken": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration, summary.errors.status, broken, latency:percentile(50), latency:percentile(99)
  ))
end
