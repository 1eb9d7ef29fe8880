# shellcheck shell=bash
# The virtual environment, made from pinned requirements and stamped with what it was made from.

# find_python: the first interpreter of a version we run on that can make an environment, in PYTHON.
find_python() {
  local candidate
  for candidate in "${PYTHON-}" python3 python3.11 python3.12 python3.13; do
    if [[ -n $candidate ]] && command -v "$candidate" >/dev/null && "$candidate" -c '
import sys, venv, ensurepip
sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' 2>/dev/null; then
      PYTHON=$(command -v "$candidate")
      return 0
    fi
  done
  return 1
}

need_python() {
  find_python && return 0
  local version
  version=$(python3 -c 'import platform; print(platform.python_version())' 2>/dev/null || printf 'none')
  fail "Python 3.11, 3.12 or 3.13 with its venv module is needed, and this system's python3 is $version. Set PYTHON to another one." \
    "需要 Python 3.11–3.13（含 venv），本系统为：$version。"
}

environment_stamp() { # environment_stamp FILE...: an environment that was moved does not work, so its place counts
  { printf '%s\n' "$ROOT"; cat "$@"; } | sha256sum | cut -c1-40
}

# requirements_for server|tests: fills ENV_KIND, ENV_FILES and ENV_STAMP.
requirements_for() {
  ENV_KIND=runtime ENV_FILES=("$ROOT/requirements.txt")
  if [[ $1 == tests ]]; then ENV_KIND=tests ENV_FILES+=("$ROOT/requirements-dev.txt"); fi
  ENV_STAMP=$(environment_stamp "${ENV_FILES[@]}")
}

# python_ready server|tests: an environment that was left half-made has no stamp; one whose interpreter is gone cannot run.
python_ready() {
  requirements_for "$1"
  [[ -f $VENV/stamp-$ENV_KIND && $(<"$VENV/stamp-$ENV_KIND") == "$ENV_STAMP" && -x $VENV/bin/python ]]
}

# prepare_python server|tests
prepare_python() {
  python_ready "$1" && return 0
  need_python
  need_space "$ROOT" 2500 "the Python environment"
  if ! compgen -G "$VENV/stamp-*" >/dev/null; then rm -rf "$VENV"; fi
  rm -f "$VENV"/stamp-*
  [[ -x $VENV/bin/python ]] || run_logged "Making a Python environment" "$PYTHON" -m venv "$VENV" \
    || fail "The Python environment could not be made; $LOG says more." "无法创建 Python 环境，详见 $LOG。"
  local -a source=()
  # A wheelhouse carried over from a machine with internet (script/bundle) is used instead of the network.
  [[ ! -d $BUNDLE/wheels ]] || source=(--no-index --find-links "$BUNDLE/wheels")
  run_logged "Installing Python packages (a minute or two)" "$VENV/bin/python" -m pip install -q --no-input "${source[@]}" -r "${ENV_FILES[-1]}" \
    || fail "Python packages could not be installed: $(pip_trouble). Everything pip said is in $LOG." \
      "无法安装 Python 软件包（网络不可用？），详见 $LOG。"
  printf '%s\n' "$ENV_STAMP" >"$VENV/stamp-$ENV_KIND"
  if [[ $ENV_KIND == tests ]]; then environment_stamp "$ROOT/requirements.txt" >"$VENV/stamp-runtime"; fi
}

pip_trouble() {
  if tail -n 40 "$LOG" | grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|Network is unreachable|Connection refused'; then
    printf 'the package index cannot be reached (docs/deploy.md: without internet)'
  else
    grep '^ERROR: ' "$LOG" | grep -v 'help visit' | tail -n 1 | sed 's/^ERROR: //; s/\.$//'
  fi
}

manage() { "$VENV/bin/python" "$ROOT/manage.py" "$@"; }

# compile_messages: translations, where the source is newer than what was made of it.
compile_messages() {
  local source target
  while IFS= read -r -d '' source; do
    target=${source%.po}.mo
    [[ $target -nt $source ]] || msgfmt --check-format -o "$target" "$source" 2>>"$LOG" \
      || fail "The translation $source has a mistake: $(tail -n 1 "$LOG")" "翻译文件有误：$source"
  done < <(find "$ROOT/geo_registry" "$ROOT/facilities" "$ROOT/placenames" "$ROOT/maps" -path '*/LC_MESSAGES/*.po' -print0)
}
