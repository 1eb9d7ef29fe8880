# shellcheck shell=bash
# A PostgreSQL cluster of this checkout's own, reached by a socket only.
#
# PostgreSQL refuses to run as root. Started by root, it runs as the system's user postgres with its data under
# /var/lib/geo-registry (a checkout in root's home cannot be entered by postgres); started by anyone else, it is that
# user's own, with its data in var/. In both cases its socket lies in a directory that others cannot enter, and
# PostgreSQL asks the kernel who calls (peer authentication): there is no password to keep, lose or leak.
#
# Two kinds: "server" keeps the registry; "test" belongs to script/test, is quick rather than safe, and may be deleted.

DB_ROLE=geo_registry
DB_NAME=geo_registry

find_postgres() {
  local bin version
  local -a found=()
  for bin in /usr/lib/postgresql/*/bin; do
    version=$(basename "$(dirname "$bin")")
    [[ -x $bin/initdb && -e /usr/share/postgresql/$version/extension/postgis.control ]] && found+=("$version")
  done
  ((${#found[@]})) || return 1
  PG_VERSION=$(printf '%s\n' "${found[@]}" | sort -n | tail -n 1)
  PG_BIN=/usr/lib/postgresql/$PG_VERSION/bin
}

# As the user that the cluster runs as, from a directory which that user can enter; without our lock, which a server left
# behind by a killed start would keep.
as_db_user() (
  cd /
  [[ -z ${LOCK_FD-} ]] || exec {LOCK_FD}>&-
  if ((EUID == 0)); then exec runuser -u postgres -- env LC_ALL=C.UTF-8 "$@"; else LC_ALL=C.UTF-8 exec "$@"; fi
)

psql_as() { # psql_as ROLE DATABASE ARGUMENT...
  local role=$1 database=$2
  shift 2
  as_db_user "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$DB_SOCKET" -U "$role" -d "$database" "$@"
}

set_database_paths() { # set_database_paths server|test
  DB_KIND=$1
  if ((EUID == 0)); then
    DB_HOME=/var/lib/geo-registry/$DATA_ID-$DB_KIND
    DB_SOCKET=$DB_HOME/socket
  else
    DB_HOME=$VAR/db-$DB_KIND
    DB_SOCKET=$DB_HOME/socket
    # The kernel takes about a hundred bytes for a socket's path, and some letters would need quoting in an address.
    if ((${#DB_SOCKET} > 80)) || [[ $DB_SOCKET == *[!A-Za-z0-9/._-]* ]]; then
      DB_SOCKET=/tmp/geo-registry-$EUID-$DATA_ID-$DB_KIND
    fi
  fi
  DB_DATA=$DB_HOME/data
  DB_LOG=$DB_HOME/postgres.log
}

# prepare_database server|test: a running cluster with our role and database, and DATABASE_URL pointing at it.
# With DATABASE_URL given by whoever calls us, that database is used, and no cluster.
prepare_database() {
  DB_STARTED=
  if [[ -n ${DATABASE_URL-} ]]; then return 0; fi
  find_postgres || fail "PostgreSQL with PostGIS is not installed. Run script/server, which installs it, or set DATABASE_URL." \
    "未安装 PostgreSQL/PostGIS。"
  set_database_paths "$1"
  make_cluster
  write_cluster_settings
  start_cluster
  check_cluster
  DATABASE_URL=$(database_url)
  export DATABASE_URL
}

database_url() { printf 'postgis://%s@/%s/%s' "$DB_ROLE" "$DB_SOCKET" "$DB_NAME"; }

make_directory_of_db_user() {
  if ((EUID == 0)); then
    install -d -m 0755 -o root -g root /var/lib/geo-registry
    install -d -m 0700 -o postgres -g postgres "$1"
  else
    (umask 077 && mkdir -p "$1")
  fi
  # Somebody else could have made the one under /tmp, to listen where we connect.
  local owner=$EUID
  ((EUID != 0)) || owner=$(id -u postgres)
  [[ ! -L $1 && $(stat -c %u "$1") == "$owner" ]] || fail "The directory $1 belongs to another user. Remove it, or ask its owner to." \
    "目录 $1 属于其他用户，请移除。"
  chmod 0700 "$1"
}

make_cluster() {
  make_directory_of_db_user "$DB_HOME"
  make_directory_of_db_user "$DB_SOCKET"
  if [[ -f $DB_DATA/PG_VERSION ]]; then
    local made_by
    made_by=$(<"$DB_DATA/PG_VERSION")
    PG_BIN=/usr/lib/postgresql/$made_by/bin
    [[ -x $PG_BIN/postgres && -e /usr/share/postgresql/$made_by/extension/postgis.control ]] \
      || fail "The data in $DB_DATA were made by PostgreSQL $made_by, which is no longer installed. Install postgresql-$made_by-postgis-3, or restore a backup (docs/deploy.md)." \
        "数据由 PostgreSQL $made_by 建立，但该版本已不在本机。"
    need_space "$DB_HOME" 100 "the database"
    return 0
  fi
  need_space "$DB_HOME" 500 "a new database"
  # Made beside its place and moved there whole, so that an interrupted attempt is never taken for a cluster.
  as_db_user rm -rf "$DB_DATA.new"
  run_logged "Making a database cluster" as_db_user "$PG_BIN/initdb" -D "$DB_DATA.new" -U postgres --encoding UTF8 \
    --locale C.UTF-8 --auth peer --no-instructions \
    || fail "The database cluster could not be made; $LOG says more." "无法创建数据库，详见 $LOG。"
  as_db_user mv "$DB_DATA.new" "$DB_DATA"
}

# Written at every start: the checkout may have moved, the machine may have grown.
write_cluster_settings() {
  local memory_mb shared_mb caller
  memory_mb=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
  shared_mb=$((memory_mb / 8 < 64 ? 64 : memory_mb / 8 > 1024 ? 1024 : memory_mb / 8))
  caller=$(id -un)
  {
    cat <<END
# Written by script/lib/database.sh at every start. Your own settings go into postgresql.conf, below the include.
listen_addresses = ''
port = 5432
unix_socket_directories = '$DB_SOCKET'
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = ${shared_mb}MB
effective_cache_size = $((memory_mb / 2))MB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
max_wal_size = 2GB
jit = off
timezone = 'UTC'
lc_messages = 'C'
log_min_duration_statement = 2000
END
    if [[ $DB_KIND == test ]]; then
      printf '%s\n' "fsync = off" "synchronous_commit = off" "full_page_writes = off"
    fi
  } | as_db_user tee "$DB_DATA/geo-registry.conf" >/dev/null
  as_db_user grep -q "^include 'geo-registry.conf'" "$DB_DATA/postgresql.conf" \
    || printf "\ninclude 'geo-registry.conf'\n" | as_db_user tee -a "$DB_DATA/postgresql.conf" >/dev/null
  # Who may call: the user that runs the scripts, as our role; the one that runs the cluster, also as its superuser.
  printf '%s\n' "local all all peer map=registry" | as_db_user tee "$DB_DATA/pg_hba.conf" >/dev/null
  {
    printf 'registry "%s" %s\n' "$caller" "$DB_ROLE" "$caller" postgres
    if ((EUID == 0)); then printf 'registry postgres %s\n' "$DB_ROLE" postgres; fi
  } | as_db_user tee "$DB_DATA/pg_ident.conf" >/dev/null
}

postmaster_pid() { as_db_user head -n 1 "$DB_DATA/postmaster.pid" 2>/dev/null || true; }

cluster_is_running() { as_db_user "$PG_BIN/pg_ctl" -D "$DB_DATA" status >/dev/null 2>&1 && is_alive "$(postmaster_pid)"; }

# The caller holds the lock of this kind: a cluster that runs already was left behind by a killed start, and is ours.
start_cluster() {
  DB_STARTED=1
  cluster_is_running && return 0
  drop_stale_pid_file
  # shellcheck disable=SC2016  # the inner shell's own argument
  as_db_user sh -c 'tail -c 1000000 "$1" >"$1.kept" 2>/dev/null; mv "$1.kept" "$1"' sh "$DB_LOG"
  local attempt
  # After a kill -9 the old server's last processes may need a moment to notice; more than one attempt, then the reason.
  for attempt in 1 2 3; do
    if as_db_user "$PG_BIN/pg_ctl" -D "$DB_DATA" -l "$DB_LOG" -w -t 60 start >>"$LOG" 2>&1 </dev/null; then
      return 0
    fi
    ((attempt == 3)) || pause 1
  done
  fail_if_disk_full
  fail "The database did not start: $(as_db_user tail -n 20 "$DB_LOG" | grep -E 'FATAL|PANIC|ERROR' | tail -n 1 | sed 's/^.*\(FATAL\|PANIC\|ERROR\): *//'). Its log is $DB_LOG." \
    "数据库无法启动，日志：$DB_LOG"
}

# postmaster.pid of a server that was killed names a process that is gone, or one that is something else by now. The
# first PostgreSQL sorts out itself; at the second it gives up, so that is looked at here.
drop_stale_pid_file() {
  local pid
  pid=$(postmaster_pid)
  [[ $pid =~ ^[0-9]+$ && -e /proc/$pid ]] || return 0
  if ! is_alive "$pid" || ! as_db_user grep -qa postgres "/proc/$pid/comm"; then
    as_db_user rm -f "$DB_DATA/postmaster.pid"
  fi
}

check_cluster() {
  local found
  found=$(psql_as postgres postgres -c "SELECT 1 FROM pg_database WHERE datname = '$DB_NAME'") \
    || fail "The database runs, but does not answer $(id -un). Its log is $DB_LOG." "数据库拒绝连接，日志：$DB_LOG"
  if [[ -z $found ]]; then
    run_logged "Making the database" create_role_and_database \
      || fail "The database could not be made; $LOG says more." "无法创建数据库，详见 $LOG。"
  fi
  found=$(psql_as postgres postgres -F ' ' \
    -c "SELECT oid, pg_encoding_to_char(encoding), datctype FROM pg_database WHERE datname = '$DB_NAME'")
  # shellcheck disable=SC2034  # prepare_site reads it
  DB_OID=${found%% *}
  found=${found#* }
  [[ $found == "UTF8 C.UTF-8" || $found == "UTF8 C.utf8" ]] \
    || fail "The database is in '$found' where UTF8 C.UTF-8 is needed (searching Chinese would find nothing). Dump it, remove $DB_DATA and restore (docs/deploy.md)." \
      "数据库字符集为「$found」，应为 UTF8 C.UTF-8。"
}

# Extensions go into template1: creating PostGIS takes a superuser, and test databases are copies of that template.
create_role_and_database() {
  psql_as postgres template1 -c 'CREATE EXTENSION IF NOT EXISTS postgis' -c 'CREATE EXTENSION IF NOT EXISTS pg_trgm' \
    -c 'CREATE EXTENSION IF NOT EXISTS btree_gist'
  [[ -n $(psql_as postgres postgres -c "SELECT 1 FROM pg_roles WHERE rolname = '$DB_ROLE'") ]] \
    || psql_as postgres postgres -c "CREATE ROLE $DB_ROLE LOGIN CREATEDB"
  psql_as postgres postgres -c "CREATE DATABASE $DB_NAME OWNER $DB_ROLE"
}

stop_database() {
  [[ -n ${DB_STARTED-} ]] || return 0
  DB_STARTED=
  as_db_user "$PG_BIN/pg_ctl" -D "$DB_DATA" -m fast -w -t 60 stop >>"$LOG" 2>&1 </dev/null || true
}
