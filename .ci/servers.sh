#!/usr/bin/env bash
# `servers.sh start` sees to it that PostgreSQL, MariaDB and Redis answer on loopback, and prints the URL of a
# database on each of the first two, one a line. Both are started here on ports of their own, whatever else runs on
# the machine; a Redis that answers already is used. What is missing is installed (Debian, as root).
# ADVTHUMB_TEST_DATABASE_URL names a database that is used, and printed, instead of one of the same kind.
# `servers.sh stop` ends what was started here.
set -euo pipefail

STATE="${TMPDIR:-/tmp}/advthumb-servers-$(id -u)"
POSTGRESQL_PORT=54329
MARIADB_PORT=33069
REDIS_PORT=6379

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

install_package() {
    echo "Installing $1" >&2
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

# PostgreSQL refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

programs() { find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1; }

start_postgresql() {
    [ -x "$(programs)/initdb" ] || install_package postgresql
    rm -rf "$STATE/postgresql" # What a run left that was killed; no server answers from there.
    mkdir -p "$STATE/postgresql"
    [ "$(id -u)" != 0 ] || chown postgres "$STATE" "$STATE/postgresql"
    as_owner "$(programs)/initdb" -D "$STATE/postgresql" -U postgres -E UTF8 --locale=C.UTF-8 \
        --auth=trust --no-sync >/dev/null
    # A database for tests may lose what it holds when the machine stops.
    as_owner "$(programs)/pg_ctl" start -w -s -D "$STATE/postgresql" -l "$STATE/postgresql/log" -o "\
        -c listen_addresses=127.0.0.1 -c port=$POSTGRESQL_PORT -c unix_socket_directories= -c fsync=off" >&2
}

start_mariadb() {
    [ -x /usr/sbin/mariadbd ] || install_package mariadb-server
    rm -rf "$STATE/mariadb"
    mkdir -p "$STATE/mariadb"
    local owner
    owner=$(id -un)
    if [ "$owner" = root ]; then
        owner=mysql # MariaDB refuses to run as root, too.
        chmod o+x "$STATE"
        chown mysql "$STATE/mariadb"
    fi
    local -x TMPDIR="$STATE/mariadb" # The caller's need not be writable for that user.
    mariadb-install-db --no-defaults --user="$owner" --datadir="$STATE/mariadb/data" \
        --auth-root-authentication-method=normal --skip-test-db >"$STATE/mariadb/installed" 2>&1 || {
        cat "$STATE/mariadb/installed" >&2
        exit 1
    }
    # Nothing of what it holds has to outlive the machine.
    mariadbd --no-defaults --user="$owner" --datadir="$STATE/mariadb/data" --pid-file="$STATE/mariadb/pid" \
        --socket="$STATE/mariadb/socket" --bind-address=127.0.0.1 --port=$MARIADB_PORT --skip-name-resolve \
        --skip-log-bin --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-file-per-table=0 \
        --character-set-server=utf8mb4 </dev/null >"$STATE/mariadb/log" 2>&1 &
    await_port $MARIADB_PORT MariaDB "$STATE/mariadb/log"
}

end_mariadb() {
    local process
    process=$(cat "$STATE/mariadb/pid")
    kill "$process" || return 0
    for _ in $(seq 300); do
        kill -0 "$process" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$process" || true
}

# Wait until a server answers. Arguments: its port, its name, and the file in which it says what is wrong.
await_port() {
    for _ in $(seq 300); do
        if answers "$1"; then return; fi
        sleep 0.1
    done
    echo "$2 does not answer on port $1" >&2
    tail -20 "$3" >&2
    exit 1
}

start_redis() {
    command -v redis-server >/dev/null || install_package redis-server
    answers $REDIS_PORT && return # The package may have started it.
    redis-server --bind 127.0.0.1 --port $REDIS_PORT --save "" --dir "$STATE" \
        --pidfile "$STATE/redis.pid" --logfile "$STATE/redis.log" --daemonize yes >/dev/null
    await_port $REDIS_PORT Redis "$STATE/redis.log"
}

# Print the URL that the caller gave, if it is of this kind. Argument: the scheme.
given() { grep "^$1://" <<<"${ADVTHUMB_TEST_DATABASE_URL:-}"; }

case "${1:-}" in
start)
    mkdir -p "$STATE"
    answers $REDIS_PORT || start_redis
    if ! given postgresql; then
        answers $POSTGRESQL_PORT || start_postgresql
        echo "postgresql://postgres@127.0.0.1:$POSTGRESQL_PORT/postgres"
    fi
    if ! given mysql; then
        answers $MARIADB_PORT || start_mariadb
        echo "mysql://root@127.0.0.1:$MARIADB_PORT/mysql"
    fi
    ;;
stop)
    [ ! -f "$STATE/redis.pid" ] || kill "$(cat "$STATE/redis.pid")" || true
    [ ! -f "$STATE/mariadb/pid" ] || end_mariadb
    [ ! -d "$STATE/postgresql" ] ||
        as_owner "$(programs)/pg_ctl" stop -s -m immediate -D "$STATE/postgresql" || true
    rm -rf "$STATE"
    ;;
*)
    echo "usage: $0 start | stop" >&2
    exit 2
    ;;
esac
