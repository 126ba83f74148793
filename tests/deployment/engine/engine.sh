# A container engine for `make test-containers`, to be read by `. engine.sh`: the one that answers, or one of our own.
#
# `start_engine` sets DOCKER_HOST, and OWN_ENGINE to 1 where it has started one; `stop_engine` stops that one.
# An engine of our own is Debian's docker.io, started by hand: it needs root, overlayfs, iptables and network namespaces.
# What it keeps is in $CACHE: base images, layers of builds, and the clients' plugins.
CACHE=${DSS_CONTAINERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/data-store-service}
ENGINE=/run/data-store-service
OWN_ENGINE=0

start_engine() {
    mkdir -p "$CACHE"
    if ! has_plugins; then
        need_root "docker compose and docker buildx"
        get_plugins
    fi
    if docker info >/dev/null 2>&1; then
        return
    fi
    need_root "a container engine"
    command -v dockerd >/dev/null || install_engine
    OWN_ENGINE=1
    DOCKER_HOST=unix://$ENGINE/docker.sock
    export DOCKER_HOST
    if docker info >/dev/null 2>&1; then
        return # a run that was killed has left it
    fi
    mkdir -p "$ENGINE"
    # In a session of its own, so that Ctrl-C ends the tests first. Its log is what to read when it does not start.
    setsid dockerd --data-root "$CACHE/engine" --exec-root "$ENGINE/exec" --pidfile "$ENGINE/docker.pid" \
        --host "$DOCKER_HOST" >"$CACHE/dockerd.log" 2>&1 9>&- &
    for _ in $(seq 60); do
        docker info >/dev/null 2>&1 && return
        sleep 0.5
    done
    tail -n 20 "$CACHE/dockerd.log" >&2
    echo "dockerd did not start within 30 seconds. $CACHE/dockerd.log has all that it said." >&2
    exit 1
}

stop_engine() {
    if [ "$OWN_ENGINE" = 1 ] && [ -e "$ENGINE/docker.pid" ]; then
        kill "$(cat "$ENGINE/docker.pid")"
        for _ in $(seq 60); do
            [ -e "$ENGINE/docker.pid" ] || return 0
            sleep 0.5
        done
        echo "dockerd (process $(cat "$ENGINE/docker.pid")) has not ended within 30 seconds." >&2
    fi
}

# The mounts in our Dockerfile need BuildKit.
has_plugins() {
    { docker compose version --short && docker buildx version; } >/dev/null 2>&1 && return
    [ -x "$CACHE/client/cli-plugins/docker-compose" ] || return 1
    DOCKER_CONFIG=$CACHE/client
    export DOCKER_CONFIG
    docker compose version --short >/dev/null 2>&1
}

# Debian 12 has neither plugin, and those of Debian 13 run there. They are unpacked into the cache, and installed nowhere.
get_plugins() {
    echo "Fetching docker compose and docker buildx …"
    apt=$CACHE/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$CACHE/client/cli-plugins"
    mirror=$(debian_mirror)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
    options="-o Dir::Etc::sourcelist=$apt/sources.list -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::Lists=$apt/lists -o Dir::Cache=$apt -o APT::Sandbox::User=root"
    # shellcheck disable=SC2086 # the options are words
    (cd "$apt" && apt-get --quiet=2 $options update && apt-get --quiet=2 $options download docker-compose docker-buildx)
    for package in "$apt"/docker-*.deb; do
        dpkg-deb --extract "$package" "$apt/unpacked"
    done
    cp "$apt"/unpacked/usr/libexec/docker/cli-plugins/* "$CACHE/client/cli-plugins/"
    rm -rf "$apt"
    command -v docker >/dev/null || install_engine
    has_plugins || { echo "docker compose does not run: docker compose version" >&2; exit 1; }
}

need_root() {
    if [ "$(id -u)" != 0 ]; then
        echo "There is no $1 here, and only root can install and start one. Start Docker (docker info must work)," >&2
        echo "with the plugins compose and buildx, or run this as root on Debian." >&2
        exit 1
    fi
    if ! command -v apt-get >/dev/null; then
        echo "There is no $1 here, and no apt-get to install Debian's. Install Docker with its plugins compose and buildx." >&2
        exit 1
    fi
}

install_engine() {
    echo "Installing Debian's docker.io …"
    apt-get --quiet=2 update
    # A package of its own since Debian 13.
    client=$(apt-cache show docker-cli >/dev/null 2>&1 && echo docker-cli || true)
    # shellcheck disable=SC2086 # no word where there is no such package
    apt_get install --yes --no-install-recommends docker.io $client iptables
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 "$@" >"$CACHE/apt.log" 2>&1 || {
        tail -n 20 "$CACHE/apt.log" >&2
        exit 1
    }
}

# Where this machine has Debian's packages from, which is a Debian itself: the releases are beside one another there.
debian_mirror() {
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/*$' | head -n 1)
    if [ -z "$mirror" ]; then
        echo "Among apt's sources is no mirror of Debian (…/debian): apt-get indextargets. Run apt-get update." >&2
        exit 1
    fi
    echo "$mirror"
}
