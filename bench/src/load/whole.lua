-- For wrk: asks one question again and again, counts who answered, and prints the sum as JSON.
-- The body stands in the file whose name is the first argument.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer application-key"
  wrk.body = file:read("*a")
  file:close()
  good, first, second = 0, 0, 0
  -- Looking at every answer costs the load generator time, so only who switches targets does.
  if args[2] == "count" then
    response = function(status, headers)
      if status == 200 then good = good + 1 end
      local target = headers["x-changeover-target"]
      if target == "first" then first = first + 1 end
      if target == "second" then second = second + 1 end
    end
  end
end

function done(summary, latency)
  local sums = { good = 0, first = 0, second = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"bad_status":%d,"broken":%d,' ..
    '"good":%d,"first":%d,"second":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    sums.good, sums.first, sums.second))
end
