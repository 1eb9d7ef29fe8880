# shellcheck shell=bash
# The browser's libraries: fetched by npm at the versions of package-lock.json, copied to where Django serves them.

VENDOR=$ROOT/geo_registry/static/vendor

browser_stamp() { cat "$ROOT/package-lock.json" "$ROOT/script/lib/browser.sh" | sha256sum | cut -c1-40; }

# browser_libraries_ready server|tests
browser_libraries_ready() {
  [[ -f $VENDOR/stamp && $(<"$VENDOR/stamp") == "$(browser_stamp)" ]] || return 1
  [[ $1 != tests || (-f $ROOT/node_modules/axe-core/axe.min.js && -f $ROOT/node_modules/eslint/bin/eslint.js) ]]
}

# prepare_browser_libraries server|tests: tests add axe-core and what reads scripts and styles, which no page carries.
prepare_browser_libraries() {
  browser_libraries_ready "$1" && return 0
  local -a omit=(--omit=dev)
  [[ $1 != tests ]] || omit=()
  (
    cd "$ROOT"
    run_logged "Fetching the browser's libraries" npm ci --ignore-scripts --no-audit --no-fund "${omit[@]}"
  ) || fail "The browser's libraries could not be fetched: no way to the npm registry ($LOG says more; docs/deploy.md: without internet)." \
    "无法下载浏览器库（网络不可用？），详见 $LOG。"
  rm -rf "$VENDOR.new"
  vendor leaflet leaflet/dist/leaflet.js leaflet/dist/leaflet.css leaflet/dist/images
  vendor leaflet.markercluster leaflet.markercluster/dist/leaflet.markercluster.js \
    leaflet.markercluster/dist/MarkerCluster.css leaflet.markercluster/dist/MarkerCluster.Default.css
  vendor protomaps-leaflet protomaps-leaflet/dist/protomaps-leaflet.js
  vendor swagger-ui swagger-ui-dist/swagger-ui-bundle.js swagger-ui-dist/swagger-ui.css
  # They name source maps that are not served: a request for one would be an error in every visitor's console.
  find "$VENDOR.new" \( -name '*.js' -o -name '*.css' \) -exec sed -i -E 's,^//# sourceMappingURL=.*$,,; s,/\*# sourceMappingURL=[^*]*\*/,,' {} +
  browser_stamp >"$VENDOR.new/stamp"
  rm -rf "$VENDOR"
  mv "$VENDOR.new" "$VENDOR"
}

# node, by any means: the one that npm came with, else the one that playwright carries.
find_node() {
  command -v node || command -v nodejs || compgen -G "$VENV/lib/python3.*/site-packages/playwright/driver/node"
}

# check_old_browsers: our scripts and styles against the browsers that package.json names ("browserslist").
check_old_browsers() {
  local node
  node=$(find_node) || { printf 'node is not installed\n' >&2; return 1; }
  "$node" "$ROOT/node_modules/eslint/bin/eslint.js" "$ROOT" \
    && "$node" "$ROOT/node_modules/stylelint/bin/stylelint.mjs" "$ROOT/{geo_registry,facilities,placenames,maps}/**/*.css" --ignore-pattern '**/vendor/**'
}

vendor() { # vendor NAME FILE-OR-DIRECTORY...
  local name=$1 item
  shift
  mkdir -p "$VENDOR.new/$name"
  for item in "$@"; do cp -R "$ROOT/node_modules/$item" "$VENDOR.new/$name/"; done
}
