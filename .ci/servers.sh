#!/usr/bin/env bash
# `servers.sh start` sees to it that PostgreSQL and Redis answer on loopback, and prints the URL of a database.
# What answers already is used; else it is started here, and installed before (Debian, as root) if it is missing.
# `servers.sh stop` ends what was started here.
set -euo pipefail

STATE="${TMPDIR:-/tmp}/advthumb-servers-$(id -u)"
POSTGRESQL_PORT=54329
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

start_redis() {
    command -v redis-server >/dev/null || install_package redis-server
    answers $REDIS_PORT && return # The package may have started it.
    redis-server --bind 127.0.0.1 --port $REDIS_PORT --save "" --dir "$STATE" \
        --pidfile "$STATE/redis.pid" --daemonize yes >/dev/null
    for _ in $(seq 50); do
        answers $REDIS_PORT && return
        sleep 0.1
    done
    echo "Redis does not answer on port $REDIS_PORT" >&2
    exit 1
}

case "${1:-}" in
start)
    mkdir -p "$STATE"
    answers $REDIS_PORT || start_redis
    if [ -n "${ADVTHUMB_TEST_DATABASE_URL:-}" ]; then
        echo "$ADVTHUMB_TEST_DATABASE_URL"
        exit
    fi
    answers $POSTGRESQL_PORT || start_postgresql
    echo "postgresql://postgres@127.0.0.1:$POSTGRESQL_PORT/postgres"
    ;;
stop)
    [ ! -f "$STATE/redis.pid" ] || kill "$(cat "$STATE/redis.pid")" || true
    [ ! -d "$STATE/postgresql" ] ||
        as_owner "$(programs)/pg_ctl" stop -s -m immediate -D "$STATE/postgresql" || true
    rm -rf "$STATE"
    ;;
*)
    echo "usage: $0 start | stop" >&2
    exit 2
    ;;
esac
