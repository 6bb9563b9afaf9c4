-- wrk -s keys.lua URL -- KEY PATH COUNT RECIPIENTS PREFIX: asks about so many different messages, over and over.
-- Requests are made beforehand: what is measured is HTTP, not Lua.
local requests, position = {}, 0

function init(arguments)
    local key, path, count, recipients, prefix = unpack(arguments, 1)
    wrk.headers["Authorization"] = key
    for number = 0, tonumber(count) - 1 do
        local send = math.floor(number / tonumber(recipients))
        local name = string.format("%s%09d%03d", prefix, send, number % tonumber(recipients))
        requests[number + 1] = wrk.format("GET", path .. name)
    end
end

function request()
    position = position % #requests + 1
    return requests[position]
end
