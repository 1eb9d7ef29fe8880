# shellcheck shell=bash
# The processes of script/server: the web server and the background worker.
#
# Each is asked to end by the kernel when this shell dies, however it dies (setpriv --pdeathsig). Each is a session of
# its own, so that a Ctrl-C reaches this shell alone, which then stops them in order: web, worker, database.

WEB_PID='' WORKER_PID=''

need_free_port() {
  [[ $PORT =~ ^[1-9][0-9]{0,4}$ && $PORT -lt 65536 ]] || fail "PORT is '$PORT', which is no port number." "PORT 无效：$PORT"
  local trouble
  trouble=$("$VENV/bin/python" - "$BIND" "$PORT" 2>&1 <<'END'
import errno, socket, sys
host, port = sys.argv[1], int(sys.argv[2])
try:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
except OSError as error:
    print({errno.EADDRINUSE: "busy", errno.EACCES: "denied"}.get(error.errno, "unknown"))
END
  ) || true
  case $trouble in
    '') ;;
    busy) fail "Port $PORT is busy: another program serves there. Choose another one: PORT=$((PORT + 1)) script/server" \
      "端口 $PORT 已被占用，请换一个：PORT=$((PORT + 1)) script/server" ;;
    denied) fail "$(id -un) may not use port $PORT (ports below 1024 are the administrator's). Choose another one: PORT=8000 script/server" \
      "当前用户无权使用端口 $PORT。" ;;
    *) fail "This machine has no address '$BIND'. BIND is 127.0.0.1, 0.0.0.0 or an address of this machine." "BIND 地址无效：$BIND" ;;
  esac
}

# Django answers only to names it knows. Opened to the office, it must know this machine's names and addresses.
hosts_for_address() {
  [[ -z ${ALLOWED_HOSTS-} && $BIND != 127.* && $BIND != localhost && $BIND != ::1 ]] || return 0
  local -a hosts=(localhost 127.0.0.1 '[::1]' "$(hostname)")
  read -r -a addresses <<<"$(hostname -I 2>/dev/null || true)"
  local address
  for address in "${addresses[@]}"; do
    if [[ $address == *:* ]]; then hosts+=("[$address]"); else hosts+=("$address"); fi
  done
  ALLOWED_HOSTS=$(IFS=,; printf '%s' "${hosts[*]}")
  export ALLOWED_HOSTS
}

shown_address() {
  case $BIND in
    0.0.0.0 | ::) hostname -I 2>/dev/null | awk '{ print $1 }' ;;
    *:*) printf '[%s]' "$BIND" ;;
    *) printf '%s' "$BIND" ;;
  esac
}

# start_process LOGFILE COMMAND...: prints nothing; the process id is in STARTED_PID.
start_process() {
  local log=$1
  shift
  [[ ! -f $log ]] || tail -c 1000000 "$log" >"$log.1"
  setsid setpriv --pdeathsig TERM "$@" >"$log" 2>&1 </dev/null {LOCK_FD}>&- &
  STARTED_PID=$!
}

start_web() {
  start_process "$VAR/log/web.log" "$VENV/bin/gunicorn" -c python:geo_registry.gunicorn --chdir "$ROOT" geo_registry.wsgi
  WEB_PID=$STARTED_PID
  printf '%s\n' "$WEB_PID" >"$VAR/run/web.pid"
}

start_worker() {
  start_process "$VAR/log/worker.log" "$VENV/bin/python" "$ROOT/manage.py" work_jobs
  WORKER_PID=$STARTED_PID
  printf '%s\n' "$WORKER_PID" >"$VAR/run/worker.pid"
}

wait_until_serving() {
  local host=$BIND deadline=$((SECONDS + 60))
  case $host in 0.0.0.0) host=127.0.0.1 ;; ::) host=::1 ;; esac
  until (exec 3<>"/dev/tcp/$host/$PORT") 2>/dev/null; do
    is_alive "$WEB_PID" || fail "The web server ended at once: $(last_words "$VAR/log/web.log"). Its log is $VAR/log/web.log." \
      "网站服务启动失败，日志：$VAR/log/web.log"
    ((SECONDS < deadline)) || fail "The web server does not answer after a minute. Its log is $VAR/log/web.log." \
      "网站服务一分钟内没有响应，日志：$VAR/log/web.log"
    pause 0.05
  done
}

# end_in_words STATUS LOGFILE
end_in_words() {
  if (($1 > 128)); then
    printf 'was killed (signal %s)' $(($1 - 128))
  else
    printf 'ended: %s' "$(last_words "$2")"
  fi
}

last_words() { grep -v '^[[:space:]]*$' "$1" | tail -n 1; }

seconds_since() { local ms=$((($(date +%s%N) - $1) / 1000000)); printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100)); }

show_accounts() {
  [[ ! -s $VAR/demo-accounts.txt ]] || cat "$VAR/demo-accounts.txt"
}

# wait_for_an_end: until one of the two has ended; sets ENDED (its process id) and ENDED_STATUS.
# They are looked at every two seconds, too: `wait -n` of bash before 5.3 never tells of a process that was killed while the
# shell was between two commands.
wait_for_an_end() {
  local pid
  while :; do
    ENDED='' ENDED_STATUS=0
    sleep 2 >/dev/null 2>&1 {LOCK_FD}>&- &
    NAP_PID=$!
    { wait -n -p ENDED "$WEB_PID" "$WORKER_PID" "$NAP_PID" || ENDED_STATUS=$?; } 2>/dev/null
    for pid in "$WEB_PID" "$WORKER_PID"; do
      if [[ $ENDED == "$pid" ]]; then
        return
      elif ! is_alive "$pid"; then
        ENDED=$pid ENDED_STATUS=0
        { wait "$pid" || ENDED_STATUS=$?; } 2>/dev/null
        return
      fi
    done
  done
}

# tend: until told to stop. A worker that dies is started again; without the web server there is nothing to tend.
tend() {
  local worker_started=$SECONDS
  while :; do
    wait_for_an_end
    if [[ $ENDED == "$WORKER_PID" ]]; then
      say "$(date +%T) The background worker $(end_in_words "$ENDED_STATUS" "$VAR/log/worker.log"); it is started again."
      # One that cannot start must not spin.
      ((SECONDS - worker_started > 10)) || pause 5
      worker_started=$SECONDS
      start_worker
    else
      WEB_PID=
      fail "The web server $(end_in_words "$ENDED_STATUS" "$VAR/log/web.log"). Its log is $VAR/log/web.log." "网站服务已退出，日志：$VAR/log/web.log"
    fi
  done
}

# end_process PID SECONDS: asks, waits, insists.
end_process() {
  local pid=$1 deadline=$((SECONDS + $2))
  is_alive "$pid" || return 0
  kill -TERM "$pid" 2>/dev/null || true
  while is_alive "$pid"; do
    ((SECONDS < deadline)) || { kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true; }
    pause 0.05
  done
}

stop_all() {
  local status=$?
  trap '' INT TERM HUP
  trap - EXIT
  say
  say "Stopping ..."
  kill -TERM ${WORKER_PID:+"$WORKER_PID"} ${WEB_PID:+"$WEB_PID"} ${NAP_PID:+"$NAP_PID"} 2>/dev/null || true
  end_process "$WEB_PID" 10
  end_process "$WORKER_PID" 15
  stop_database
  rm -f "$VAR/run/web.pid" "$VAR/run/worker.pid" "$VAR/run/server.pid"
  say "Stopped."
  exit "$status"
}

# What a killed start left running is ended first. We hold the lock of this checkout's server, so whatever still runs from
# its environment and on its data is a leftover.
stop_leftovers() {
  local pid
  for pid in $(leftovers); do
    say "Ending what an earlier start left running (process $pid)."
    end_process "$pid" 10
  done
}

leftovers() {
  local file pid
  while IFS= read -r file; do
    pid=${file#/proc/}
    pid=${pid%/cmdline}
    if grep -qsaF "$VENV/bin/" "$file" && grep -qszxF "GEO_REGISTRY_VAR=$VAR" "/proc/$pid/environ"; then printf '%s\n' "$pid"; fi
  done < <(grep -lsaE 'gunicorn|work_jobs' /proc/[0-9]*/cmdline || true)
}
