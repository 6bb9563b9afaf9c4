-- wrk -s webhook.lua URL -- PATH COUNT RECIPIENTS PREFIX TIME: webhooks about so many different messages, delivered; then
-- from the first on again. Requests are made beforehand: what is measured is who takes them, not Lua.
local requests, position = {}, 0

function init(arguments)
    local path, count, recipients, prefix = unpack(arguments, 1)
    local headers = {["Content-Type"] = "application/json"}
    for number = 0, tonumber(count) - 1 do
        local send = math.floor(number / tonumber(recipients))
        local key = string.format("%s%09d%03d", prefix, send, number % tonumber(recipients))
        local body = string.format(
            '{"msgKey":"%s","serviceType":"ALIMTALK","msgType":"AT","reportType":"ALIMTALK","reportCode":"10000",' ..
            '"reportText":"delivered","reportTime":"%s","sendTime":"%s","carrier":"10001","resCnt":1}',
            key, arguments[5], arguments[5])
        requests[number + 1] = wrk.format("POST", path, headers, body)
    end
end

function request()
    position = position % #requests + 1
    return requests[position]
end
