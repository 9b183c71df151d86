"""What a store in Redis does there, in Redis' own language: every script is one step, whoever else is at work.

A space is the keys that begin with `base` and the epoch, so that a reset is one number. An id is a number, padded: ids
sort by age. Times are given and kept as texts, because a number of Lua's prints no more than fourteen digits.
"""

from __future__ import annotations

_SHELF_KEYS = "'ids', 'keys', 'bodies', 'order', 'settles', 'due', 'size', 'last'"
_PRELUDE = (
    """
local base, ttl = KEYS[1], ARGV[1]
local space = base .. (redis.call('GET', base .. 'epoch') or '0') .. ':'
local function keep(prefix, ...)
  for _, name in ipairs({...}) do  -- what is still fresh is left alone: each order is one more to be synced
    if redis.call('TTL', prefix .. name) < ttl / 2 then redis.call('EXPIRE', prefix .. name, ttl) end
  end
end
local function first_due(shelf)
  return tonumber(redis.call('ZRANGE', space .. shelf .. ':due', 0, 0, 'WITHSCORES')[2] or '9007199254740992')
end
local function drop(s, id)
  redis.call('DECRBY', s .. 'size', redis.call('HSTRLEN', s .. 'bodies', id))
  redis.call('HDEL', s .. 'ids', redis.call('HGET', s .. 'keys', id))
  redis.call('HDEL', s .. 'keys', id)
  redis.call('HDEL', s .. 'bodies', id)
  for _, name in ipairs({'order', 'settles', 'due'}) do redis.call('ZREM', s .. name, id) end
end
local function make_room(s, documents, bytes, now, most, most_bytes)
  while documents > 0 do
    local count = redis.call('HLEN', s .. 'ids')
    local size = tonumber(redis.call('GET', s .. 'size') or '0')
    if count + documents <= most and (count == 0 or size + bytes <= most_bytes) then return nil end
    local oldest = redis.call('ZRANGE', s .. 'settles', 0, 0, 'WITHSCORES')
    if not oldest[1] or tonumber(oldest[2]) > now then return {-1, oldest[2] or '', count} end
    drop(s, oldest[1])
  end
end
local function set_due(s, id, due)
  if tonumber(due) < 9007199254740992 then redis.call('ZADD', s .. 'due', due, id)
  else redis.call('ZREM', s .. 'due', id) end
end
local function put(s, key, body, settles, due)
  local id = string.format('%016d', redis.call('INCR', s .. 'last'))
  redis.call('HSET', s .. 'ids', key, id)
  redis.call('HSET', s .. 'keys', id, key)
  redis.call('HSET', s .. 'bodies', id, body)
  redis.call('ZADD', s .. 'order', 0, id)
  redis.call('ZADD', s .. 'settles', settles, id)
  redis.call('INCRBY', s .. 'size', #body)
  set_due(s, id, due)
  keep(s, """
    + _SHELF_KEYS
    + """)
end
local function rows(s, ids)
  local found = {}
  for _, id in ipairs(ids) do
    table.insert(found, id)
    table.insert(found, redis.call('HGET', s .. 'keys', id))
    table.insert(found, redis.call('HGET', s .. 'bodies', id))
  end
  return found
end
"""
)


def _script(body: str) -> str:
    return _PRELUDE + body


GET = _script("""
local s = space .. ARGV[2] .. ':'
local id = redis.call('HGET', s .. 'ids', ARGV[3])
if not id then return {} end
return {id, redis.call('HGET', s .. 'bodies', id)}
""")

# shelf, key, body, settles, now, due, documents at most, bytes at most
ADD = _script("""
local s = space .. ARGV[2] .. ':'
if redis.call('HEXISTS', s .. 'ids', ARGV[3]) == 1 then return {0} end
local before = first_due(ARGV[2])
if ARGV[2] == 'd' then before = math.min(before, first_due('o')) end
local full = make_room(s, 1, #ARGV[4], tonumber(ARGV[6]), tonumber(ARGV[8]), tonumber(ARGV[9]))
if full then return full end
put(s, ARGV[3], ARGV[4], ARGV[5], ARGV[7])
return {1, tonumber(ARGV[7]) < before and 1 or 0}
""")

# shelf, key, id, old body, new body, settles, due, posted documents and bytes at most; then what is posted, five each
UPDATE = _script("""
local s, o = space .. ARGV[2] .. ':', space .. 'o:'
if redis.call('HGET', s .. 'ids', ARGV[3]) ~= ARGV[4] then return {0} end
if redis.call('HGET', s .. 'bodies', ARGV[4]) ~= ARGV[5] then return {0} end
local before = first_due(ARGV[2])
if ARGV[2] == 'd' then before = math.min(before, first_due('o')) end
local new, bytes, now = {}, 0, 0
for place = 11, #ARGV, 5 do
  if redis.call('HEXISTS', o .. 'ids', ARGV[place]) == 0 then
    table.insert(new, place)
    bytes, now = bytes + #ARGV[place + 1], tonumber(ARGV[place + 3])
  end
end
local full = make_room(o, #new, bytes, now, tonumber(ARGV[9]), tonumber(ARGV[10]))
if full then return full end
for _, place in ipairs(new) do put(o, ARGV[place], ARGV[place + 1], ARGV[place + 2], ARGV[place + 4]) end
redis.call('HSET', s .. 'bodies', ARGV[4], ARGV[6])
redis.call('INCRBY', s .. 'size', #ARGV[6] - #ARGV[5])
redis.call('ZADD', s .. 'settles', ARGV[7], ARGV[4])
set_due(s, ARGV[4], ARGV[8])
keep(s, 'bodies', 'size', 'settles', 'due')
local after = first_due(ARGV[2])
if ARGV[2] == 'd' then after = math.min(after, first_due('o')) end
return {1, after < before and 1 or 0}
""")

# shelf, the id that the page ends before, how many
NEWEST = _script("""
local s = space .. ARGV[2] .. ':'
return rows(s, redis.call('ZREVRANGEBYLEX', s .. 'order', ARGV[3], '-', 'LIMIT', 0, ARGV[4]))
""")

# shelf, now, until, how many
CLAIM = _script("""
local s = space .. ARGV[2] .. ':'
local ids = redis.call('ZRANGEBYSCORE', s .. 'due', '-inf', ARGV[3], 'LIMIT', 0, ARGV[5])
for _, id in ipairs(ids) do set_due(s, id, ARGV[4]) end
if #ids > 0 then keep(s, 'due') end
return rows(s, ids)
""")

DUE = _script("return redis.call('ZRANGE', space .. ARGV[2] .. ':due', 0, 0, 'WITHSCORES')")
LENGTH = _script("return redis.call('HLEN', space .. ARGV[2] .. ':ids')")

# counter, by how much, limit or nothing, counters at most; what it is now, and whether it was added to
COUNT = _script("""
local counters = space .. 'counters'
local found = redis.call('HGET', counters, ARGV[2])
if ARGV[3] == '0' then return {found or '0', 1} end
if ARGV[4] ~= '' and tonumber(found or '0') + tonumber(ARGV[3]) > tonumber(ARGV[4]) then return {found or '0', 0} end
if not found and redis.call('HLEN', counters) >= tonumber(ARGV[5]) then return {'', -1} end
redis.call('HINCRBY', counters, ARGV[2], ARGV[3])
keep(space, 'counters')
return {redis.call('HGET', counters, ARGV[2]), 1}
""")
COUNTERS = _script("return redis.call('HGETALL', space .. 'counters')")

# entry, its size, entries and bytes at most; its number
NOTE = _script("""
local log, number = space .. 'log', redis.call('INCR', space .. 'noted')
redis.call('XADD', log, string.format('%d-0', number), 'e', ARGV[2], 's', ARGV[3])
local size = redis.call('INCRBY', space .. 'logged', ARGV[3])
while size > 0 and (redis.call('XLEN', log) > tonumber(ARGV[4]) or size > tonumber(ARGV[5])) do
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', log, oldest[1])
  size = redis.call('DECRBY', space .. 'logged', oldest[2][4])
end
keep(space, 'log', 'noted', 'logged')
return number
""")
NOTES = _script("return redis.call('XRANGE', space .. 'log', ARGV[2], '+', 'COUNT', ARGV[3])")
NOTED = _script("return redis.call('GET', space .. 'noted') or '0'")

# rule, whose, the window has begun after, how many, now; whether it is taken, how many are, and when the first one was
TAKE = _script("""
local eras = redis.call('HMGET', space .. 'eras', '', ARGV[2])
local times = table.concat({space .. 'rate', eras[1] or '0', eras[2] or '0', ARGV[2], ARGV[3]}, ':')
local first = redis.call('LINDEX', times, 0)
while first and tonumber(first) <= tonumber(ARGV[4]) do
  redis.call('LPOP', times)
  first = redis.call('LINDEX', times, 0)
end
local taken, allowed = redis.call('LLEN', times), 0
if taken < tonumber(ARGV[5]) then
  taken, allowed = redis.call('RPUSH', times, ARGV[6]), 1
end
redis.call('EXPIRE', times, ttl)
return {allowed, taken, first or ARGV[6]}
""")
FORGET = _script("redis.call('HINCRBY', space .. 'eras', ARGV[2], 1)\nkeep(space, 'eras')\nreturn 1")

EPOCH = _script("return redis.call('GET', base .. 'epoch') or '0'")
_EVERY = (
    """
local names = {'counters', 'eras', 'log', 'noted', 'logged'}
for _, shelf in ipairs({'d', 'o'}) do
  for _, name in ipairs({"""
    + _SHELF_KEYS
    + """}) do table.insert(names, shelf .. ':' .. name) end
end
"""
)
RESET = _script(
    _EVERY
    + """
for _, name in ipairs(names) do redis.call('UNLINK', space .. name) end
redis.call('INCR', base .. 'epoch')
keep(base, 'epoch')
return 1
"""
)
TOUCH = _script(_EVERY + "keep(base, 'epoch')\nfor _, name in ipairs(names) do keep(space, name) end\nreturn 1")
