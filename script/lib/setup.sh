# shellcheck shell=bash
# All that has to be there before anything of ours runs. Each step is quick when there is nothing to do.

set_up() { # set_up server|tests
  local kind=$1
  need_linux
  need_own_files
  plan_packages "$kind"
  install_packages
  need_python
  prepare_python "$kind"
  prepare_browser_libraries "$kind"
  compile_messages
  export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR:-$VAR/numba}
}
