# shellcheck shell=bash
# All that has to be there before anything of ours runs. Each step is quick when there is nothing to do.

set_up() { # set_up server|tests
  local kind=$1
  need_linux
  need_own_files
  plan_packages "$kind"
  install_packages
  prepare_python "$kind"
  prepare_browser_libraries "$kind"
  compile_messages
  export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR:-$VAR/numba}
}

# prepare_site: tables, reference values, static files and the demo, by manage.py prepare. It takes as long as starting
# the web server does, so it is left out when it ended well on this very database and no file of the program has changed since.
prepare_site() {
  local stamp=$VAR/run/prepared.stamp demo=--demo is_for
  is_for="${DB_OID-} ${DATABASE_URL} ${DEMO:-yes} $(sha256sum <"$ROOT/requirements.txt")"
  [[ ${DEMO:-yes} != no ]] || demo=
  if [[ -n ${DB_OID-} && -f $stamp && $(<"$stamp") == "$is_for" && -z $(changed_since "$stamp") ]]; then return 0; fi
  rm -f "$stamp"
  # Written before and moved after: what changes while it runs counts as changed since.
  printf '%s\n' "$is_for" >"$stamp.begun"
  if ! manage prepare ${demo:+"$demo"}; then
    fail_if_disk_full
    fail "The site could not be prepared; the lines above say why." "准备工作未完成，原因见上。"
  fi
  mv "$stamp.begun" "$stamp"
}

changed_since() {
  find "$ROOT/manage.py" "$ROOT/geo_registry" "$ROOT/facilities" "$ROOT/placenames" "$ROOT/maps" "$ROOT/data/shapefiles" \
    -name __pycache__ -prune -o -newer "$1" -type f -print -quit
}
