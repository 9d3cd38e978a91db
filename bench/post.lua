-- Posts the bodies of a file, one a line, from a place on, in turn and over again; after the given seconds no new request is sent,
-- and wrk ends when the last answer is there, so that no work is done for an answer that isn't counted.
local ffi = require("ffi")
ffi.cdef([[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int clock, moment *found);
  int getpid(void);
  int kill(int process, int signal);
]])
local MONOTONIC, INTERRUPT, FOR_EVER = 1, 2, 1000000

local function now()
  local found = ffi.new("moment[1]")
  ffi.C.clock_gettime(MONOTONIC, found)
  return tonumber(found[0].seconds) + tonumber(found[0].nanoseconds) / 1e9
end

local main
function setup(thread)
  main = thread
end

local requests, place, waiting, seconds, connections, shortest = {}, 0, 0, 0, 0, 0
began, ended, wrong = 0, 0, 0

function init(args)
  seconds, connections, shortest, place = tonumber(args[2]), tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, nil, body)
  end
  began = now()
end

function request()
  place = place % #requests + 1
  return requests[place]
end

-- GraphQL tells of errors under status 200 too.
function response(_, _, body)
  if #body < shortest or body:find('"errors":[', 1, true) then
    wrong = wrong + 1
  end
end

function delay()
  if now() - began < seconds then
    return 0
  end
  waiting = waiting + 1
  if waiting == connections then
    ended = now()
    ffi.C.kill(ffi.C.getpid(), INTERRUPT)
  end
  return FOR_EVER
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "refused": %d, "broken": %d, "wrong": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout, main:get("wrong"),
    main:get("ended") - main:get("began"), latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
