-- Rotates over many paths, closes each connection if told to, and gives the account as one line of JSON.
-- Arguments: number of services, "close" or "keep".
local requests, turn = {}, 0

init = function(args)
  local headers = { Host = 'gateway.example' }
  if args[2] == 'close' then headers.Connection = 'close' end
  for number = 1, tonumber(args[1]) do
    requests[number] = wrk.format('GET', string.format('/service-%05d/items/%d', number, number), headers)
  end
end

request = function()
  turn = turn % #requests + 1
  return requests[turn]
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"bytes":%d,"failed":%d,"refused":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, errors.connect + errors.read + errors.write + errors.timeout,
    errors.status, latency:percentile(50), latency:percentile(99)))
end
