-- Make COUNT tasks and keep their ids: wrk ... -s fill.lua ADDRESS -- METHOD PATH BODY FIELD COUNT IDS HEADER...
-- FIELD is where the answer says the id; every id becomes one line of the file IDS, which appears when it is whole.

local pattern, count, made, ids, message, name

function init(args)
  local body = assert(io.open(args[3], "rb")):read("*a")
  local headers = {}
  for n = 7, #args do
    local name, value = args[n]:match("^(.-): (.*)$")
    headers[name] = value
  end
  name = args[6]
  message = wrk.format(args[1], args[2], headers, body)
  pattern = '"' .. args[4] .. '"%s*:%s*"?([%w_-]+)'
  count, made, ids = tonumber(args[5]), 0, assert(io.open(args[6] .. ".part", "wb"))
end

function request()
  return message
end

function response(status, headers, body)
  local id = status < 300 and body:match(pattern)
  if id and ids then
    made = made + 1
    ids:write(id, "\n")
  end
  if made >= count and ids then
    ids:close()
    ids = nil
    os.rename(name .. ".part", name)
    wrk.thread:stop()
  end
end
