# The Docker engine: one that answers is used as it is, else Debian's is installed and started here.
# shellcheck shell=bash

engine=$HOLDFAST_CACHE/engine
engine_pid=$engine/dockerd.pid

engine_answers() { timeout 20 docker info; }

# engine_is_ours: an engine runs that was started here (its own pid file stands on its command line).
engine_is_ours() {
  [ -s "$engine_pid" ] && grep -qzxF -- "$engine_pid" "/proc/$(cat "$engine_pid")/cmdline" 2>/dev/null
}

engine_up() {
  if engine_answers; then return; fi
  # Whoever names an engine wants that one.
  [ -z "${DOCKER_HOST:-}" ] || fail "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST"
  [ "$(id -u)" -eq 0 ] || fail "no Docker engine answers to this user ($(docker info 2>&1 | tail -n 1)); starting one needs root"
  [ "$(uname -s)" = Linux ] || fail 'no Docker engine answers; start one'

  step 'making sure that the Docker engine is installed'
  # Runlevel 1: without a running init the package must not start a service that nobody configured.
  RUNLEVEL=1 install_packages dockerd:docker.io containerd:containerd runc:runc iptables:iptables jq:jq
  if engine_answers; then return; fi # the machine's init has started it

  step 'starting the Docker engine'
  start_engine
}

start_engine() {
  engine_is_ours && fail "the Docker engine started earlier (pid $(cat "$engine_pid")) does not answer; its log is $engine/dockerd.log"
  rm -f "$engine_pid" # of an engine that was killed: dockerd refuses to start when the number belongs to another process now
  mkdir -p "$engine"
  install -m 755 "$here/engine/runc-available-caps" "$engine/"
  cat >"$engine/daemon.json" <<JSON
{
  "data-root": "$engine/data",
  "default-runtime": "available-caps",
  "runtimes": {"available-caps": {"path": "$engine/runc-available-caps"}}
}
JSON
  # The lock and the terminal are not the engine's to hold.
  setsid nohup dockerd --config-file "$engine/daemon.json" --pidfile "$engine_pid" \
    >"$engine/dockerd.log" 2>&1 </dev/null 3>&- 9>&- &
  local started=$!
  for _ in $(seq 120); do
    if engine_answers; then return; fi
    kill -0 "$started" || break
    sleep 0.5
  done
  tail -n 20 "$engine/dockerd.log"
  fail "the Docker engine does not start: $(tail -n 1 "$engine/dockerd.log" | cut -c 1-200)"
}

stop_engine() {
  engine_is_ours || return 0
  local pid
  pid=$(cat "$engine_pid")
  kill "$pid"
  for _ in $(seq 120); do
    kill -0 "$pid" || return 0
    sleep 0.5
  done
  fail "the Docker engine (pid $pid) does not stop"
}

# engine_can_run IMAGE PROGRAM: a node is a privileged container; an engine that was here before may be unable to start one.
engine_can_run() {
  local said advice='' status=0
  said=$(docker run -d --name holdfast-probe --privileged --cgroupns=private --entrypoint "$2" "$1" 2>&1) || status=$?
  docker rm -f holdfast-probe
  if [ "$status" -eq 0 ]; then return; fi
  printf '%s\n' "$said"
  engine_is_ours || advice='; stop that engine, and this starts one that can'
  fail "the Docker engine can't start a privileged container: $(grep -m 1 -i error <<<"$said" | cut -c 1-250)$advice"
}
