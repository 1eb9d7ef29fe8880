# shellcheck shell=bash
# Shared by script/server, script/test and script/bundle: where things are, and how they speak.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
VAR=${GEO_REGISTRY_VAR:-$ROOT/var}
VENV=$ROOT/.venv
LOG=$VAR/log/setup.log
# One folder of data, one short name for it: the same at every start.
# shellcheck disable=SC2034  # read by the parts that follow
DATA_ID=$(printf '%s' "$VAR" | sha256sum | cut -c1-12)
export GEO_REGISTRY_VAR=$VAR
export PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*"; }

# fail ENGLISH [CHINESE]: says in one sentence what is wrong and what to do, then ends.
fail() {
  printf '\n%s\n' "$1" >&2
  [[ -z ${2-} ]] || printf '%s\n' "$2" >&2
  exit 1
}

# A pause that does not keep our lock should we be killed in it.
pause() { if [[ -n ${LOCK_FD-} ]]; then sleep "$1" {LOCK_FD}>&-; else sleep "$1"; fi; }

# is_alive PID: it exists, and is more than a dead process that nobody has taken note of (in a container without an init).
is_alive() {
  [[ -n $1 && -r /proc/$1/stat ]] || return 1
  local state
  # Without another process: it is asked many times a second. The name of the program, in brackets, may hold anything.
  { read -r state <"/proc/$1/stat"; } 2>/dev/null || return 1
  state=${state##*) }
  [[ -n $state && $state != [ZX]* ]]
}

# run_logged WHAT COMMAND...: output goes to the log; one line says what is being done and how long it took.
run_logged() {
  local what=$1 started=$SECONDS
  shift
  printf '%s ... ' "$what"
  { printf '\n== %s: %s\n' "$(date -Is)" "$what"; printf '%q ' "$@"; printf '\n'; } >>"$LOG"
  if "$@" >>"$LOG" 2>&1 </dev/null; then
    printf '%s s\n' $((SECONDS - started))
    return 0
  fi
  printf 'failed\n'
  fail_if_disk_full
  return 1
}

# free_mb DIRECTORY: free space for us on its file system.
free_mb() {
  local dir=$1
  while [[ ! -d $dir ]]; do dir=$(dirname "$dir"); done
  df -Pk "$dir" | awk 'NR == 2 { print int($4 / 1024) }'
}

# need_space DIRECTORY MEGABYTES WHAT-FOR
need_space() {
  local free
  free=$(free_mb "$1")
  ((free >= $2)) || fail "The disk is too full: $3 needs $2 MB in $1, and $free MB are free." \
    "磁盘空间不足：$1 需要 $2 MB，只剩 $free MB。"
}

fail_if_disk_full() {
  local dir
  for dir in "$VAR" "$ROOT" /var /usr "${TMPDIR:-/tmp}"; do
    (($(free_mb "$dir") >= 20)) || fail "The disk is full: $(free_mb "$dir") MB are free in $dir. Make room and run this again." \
      "磁盘已满：$dir 只剩 $(free_mb "$dir") MB。请清理后重新运行。"
  done
}

# The checkout is written to by one user. Files of another (often root, after a sudo) are named, not worked around.
need_own_files() {
  local path
  for path in "$ROOT" "$VAR" "$VENV" "$ROOT/node_modules" "$ROOT/geo_registry/static" "$VAR"/*; do
    [[ ! -e $path || -w $path ]] || fail \
      "$(id -un) may not write to $path, which belongs to $(stat -c %U "$path"). Run as that user, or: sudo chown -R $(id -un) '$ROOT'" \
      "当前用户 $(id -un) 无权写入 $path（属于 $(stat -c %U "$path")）。"
  done
  need_space "$VAR" 20 "Geo Registry"
  mkdir -p "$VAR/log" "$VAR/run" || fail "$(id -un) may not make the directory $VAR." "无法创建目录 $VAR。"
}

need_linux() {
  [[ $(uname -s) == Linux ]] || fail "This runs on Linux only (Debian 12; Ubuntu LTS as far as it goes), and this is $(uname -s)." \
    "仅支持 Linux（Debian 12；Ubuntu LTS 尽力支持）。"
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) || fail "bash 5.1 or newer is needed; this is $BASH_VERSION."
}

# take_lock NAME SENTENCE CHINESE: one at a time. The lock is this shell's alone: whatever it starts must close $LOCK_FD.
take_lock() {
  exec {LOCK_FD}>>"$VAR/run/$1.lock"
  flock -n "$LOCK_FD" || fail "$2" "$3"
}

os_name() { (. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-unknown}") || printf unknown; }
os_field() { (. /etc/os-release 2>/dev/null && printf '%s' "${!1-}") || true; }
