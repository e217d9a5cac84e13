-- A small gateway in Lua: a route by the longest prefix, a token bucket, request id and headers, a balancer, a histogram.
local balancer = require('ngx.balancer')

local BUCKETS_MS = { 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 }
local RATE, BURST = 1000000, 100000

local function request_id()
  return string.format('%08x%08x%08x%08x', math.random(0, 0xffffffff), math.random(0, 0xffffffff),
    math.random(0, 0xffffffff), math.random(0, 0xffffffff))
end

-- Whole path elements, the longest first.
local function match(routes, path)
  local stop = #path
  while stop > 0 do
    local route = routes[path:sub(1, stop)]
    if route then return route end
    stop = (path:sub(1, stop):match('^.*()/') or 1) - 1
  end
end

local function take_token(buckets, key)
  local now = ngx.now()
  local tokens = buckets:get(key .. ':tokens') or BURST
  local last = buckets:get(key .. ':last') or now
  tokens = math.min(BURST, tokens + (now - last) * RATE)
  if tokens < 1 then return false end
  buckets:set(key .. ':tokens', tokens - 1)
  buckets:set(key .. ':last', now)
  return true
end

return function(count, upstream_port)
  local routes = {}
  for number = 1, count do
    routes[string.format('/service-%05d', number)] =
      { name = 'service-' .. number, targets = { { '127.0.0.1', upstream_port } }, turn = 0 }
  end
  local gateway = {}

  function gateway.access()
    local route = match(routes, ngx.var.uri)
    if not route then return ngx.exit(404) end
    if not take_token(ngx.shared.buckets, ngx.var.remote_addr) then return ngx.exit(429) end
    local id = request_id()
    ngx.ctx.route, ngx.ctx.id = route, id
    ngx.var.route = route.name
    ngx.req.set_header('X-Request-Id', id)
    ngx.req.set_header('X-Forwarded-For', ngx.var.remote_addr)
    ngx.req.set_header('X-Forwarded-Proto', ngx.var.scheme)
    ngx.req.set_header('X-Forwarded-Host', ngx.var.http_host)
    ngx.req.set_header('Via', '1.1 bench')
  end

  function gateway.balance()
    local route = ngx.ctx.route
    route.turn = route.turn % #route.targets + 1
    local target = route.targets[route.turn]
    balancer.set_current_peer(target[1], target[2])
  end

  function gateway.header_filter()
    ngx.header['X-Request-Id'] = ngx.ctx.id
  end

  function gateway.log()
    local route = ngx.ctx.route
    if not route then return end
    local ms = (tonumber(ngx.var.request_time) or 0) * 1000
    local bucket = #BUCKETS_MS + 1
    for index, bound in ipairs(BUCKETS_MS) do
      if ms <= bound then bucket = index break end
    end
    ngx.shared.histogram:incr(route.name .. ':' .. ngx.status .. ':' .. bucket, 1, 0)
  end

  return gateway
end
