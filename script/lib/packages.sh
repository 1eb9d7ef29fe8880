# shellcheck shell=bash
# Debian packages: only what is missing is installed, and nothing is asked of the network when nothing is.

declare -a MISSING=()
# shellcheck disable=SC2153  # common.sh sets ROOT
BUNDLE=$ROOT/var/bundle

need_package() {
  local package
  for package in "$@"; do
    # shellcheck disable=SC2016  # dpkg's own placeholder
    [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) != "install ok installed" ]] || continue
    [[ " ${MISSING[*]-} " == *" $package "* ]] || MISSING+=("$package")
  done
}

have_library() { compgen -G "/usr/lib/*/$1.so.*" >/dev/null || compgen -G "/usr/lib/$1.so.*" >/dev/null; }

# plan_packages server|tests: fills MISSING by looking at commands and files, which takes milliseconds.
plan_packages() {
  if ! python_ready "$1" && ! find_python; then
    case $(os_field VERSION_ID) in
      22.04) need_package python3.11 python3.11-venv ;;
      *) need_package python3 python3-venv ;;
    esac
  fi
  if [[ -z ${DATABASE_URL-} ]]; then
    find_postgres || need_package postgresql postgresql-postgis
  fi
  # GeoDjango loads GDAL, GEOS and PROJ; the package of PostGIS's small tools brings them under every release's names.
  if ! { have_library libgdal && have_library libgeos_c && have_library libproj; }; then need_package postgis; fi
  command -v msgfmt >/dev/null || need_package gettext
  [[ -e /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc ]] || need_package fonts-wqy-zenhei
  # Map sheets: what sets them, and a font with every character of the general standard list, those outside the BMP included.
  have_library libpango-1.0 || need_package libpango-1.0-0
  have_library libpangoft2-1.0 || need_package libpangoft2-1.0-0
  have_library libharfbuzz-subset || need_package libharfbuzz-subset0
  [[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ]] || need_package fonts-noto-cjk
  if [[ $1 == tests ]]; then
    find_chromium || need_package chromium
    # The node that playwright carries is linked to it.
    have_library libatomic || need_package libatomic1
    command -v shellcheck >/dev/null || need_package shellcheck
    command -v git >/dev/null || need_package git
  fi
  if ! browser_libraries_ready "$1"; then
    command -v npm >/dev/null || need_package npm
  fi
}

find_chromium() {
  local candidate
  for candidate in "${CHROMIUM-}" chromium chromium-browser google-chrome; do
    [[ -n $candidate ]] && CHROMIUM=$(command -v "$candidate") && export CHROMIUM && return 0
  done
  CHROMIUM=
  return 1
}

install_packages() {
  ((${#MISSING[@]})) || return 0
  local -a root=()
  if ! command -v apt-get >/dev/null; then
    fail "This installs its needs on Debian 12 (Ubuntu LTS as far as it goes); on $(os_name) please install yourself what Debian calls: ${MISSING[*]}" \
      "本系统（$(os_name)）不支持自动安装，请自行安装：${MISSING[*]}"
  fi
  case "$(os_field ID)-$(os_field VERSION_ID)" in
    debian-12) ;;
    *) say "$(os_name): not the system this is tried on (Debian 12). It may work; what follows is best effort." ;;
  esac
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "These packages are missing, and there is no sudo. Ask an administrator to run: apt-get install ${MISSING[*]}" \
      "缺少软件包且没有 sudo，请管理员运行：apt-get install ${MISSING[*]}"
    if ! sudo -n true 2>/dev/null; then
      say "Packages must be installed (${MISSING[*]}): sudo asks for your password."
      if [[ ! -t 0 ]] || ! sudo -v; then
        fail "These packages are missing, and $(id -un) may not use sudo. Ask an administrator to run: apt-get install ${MISSING[*]}" \
          "缺少软件包，而 $(id -un) 无 sudo 权限，请管理员运行：apt-get install ${MISSING[*]}"
      fi
    fi
    root=(sudo -n)
  fi
  need_space /usr 1500 "installing packages"
  need_space /var 500 "downloading packages"
  say "Installing from $(os_field ID): ${MISSING[*]}"
  local -a lists=()
  if [[ -f $BUNDLE/debs/Packages ]]; then
    use_carried_packages
  fi
  run_logged "  reading the package lists" "${root[@]}" apt-get "${lists[@]}" -o DPkg::Lock::Timeout=300 -q update \
    || say "  (the lists could not be renewed; going on with those that are here)"
  if [[ " ${MISSING[*]} " == *" postgresql "* ]]; then
    keep_debian_from_making_a_cluster "${root[@]}"
  fi
  run_logged "  installing" "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${lists[@]}" -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Options::=--force-confold -qy --no-install-recommends install "${MISSING[@]}" \
    || fail "Packages could not be installed: $(apt_trouble). Everything apt said is in $LOG." \
      "软件包安装失败，详见 $LOG。"
  "${root[@]}" rm -f "$NO_MAIN_CLUSTER"
}

# Packages carried over by script/bundle take the place of every other source. They lie where apt's own user may read them.
use_carried_packages() {
  local here=/var/cache/geo-registry-debs
  [[ $(<"$BUNDLE/release") == "$(os_field VERSION_ID)" ]] || fail \
    "The bundle was made on release $(<"$BUNDLE/release") of Debian, and this is $(os_name). Make one on the same release." \
    "安装包适用于 Debian $(<"$BUNDLE/release")，与本机不符。"
  "${root[@]}" mkdir -p "$here"
  "${root[@]}" cp -R "$BUNDLE/debs/." "$here/"
  printf 'deb [trusted=yes] file:%s ./\n' "$here" | "${root[@]}" tee "$here/sources.list" >/dev/null
  "${root[@]}" mkdir -p "$here/lists/partial"
  lists=(-o "Dir::Etc::SourceList=$here/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$here/lists")
}

# Debian's postgresql starts a cluster of its own on port 5432 when it is installed. We bring ours; that one would only
# use memory and a port. Where PostgreSQL was there before, nothing is changed.
NO_MAIN_CLUSTER=/etc/postgresql-common/createcluster.d/geo-registry.conf
keep_debian_from_making_a_cluster() {
  [[ ! -e /etc/postgresql-common/createcluster.conf ]] || return 0
  "$@" mkdir -p "$(dirname "$NO_MAIN_CLUSTER")"
  printf 'create_main_cluster = false\n' | "$@" tee "$NO_MAIN_CLUSTER" >/dev/null
}

apt_trouble() {
  local last
  last=$(grep -E '^(E|Err|W):' "$LOG" | tail -n 1 || true)
  case $last in
    *"Temporary failure resolving"* | *"Could not resolve"* | *"Failed to fetch"* | *"Unable to locate"* | *"no installation candidate"*)
      printf 'the package server cannot be reached, or does not have them (docs/deploy.md: without internet)' ;;
    '') printf 'apt-get failed' ;;
    *) printf '%s' "${last#*: }" ;;
  esac
}
