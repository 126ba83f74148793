#!/bin/sh
# The browser tests need Chromium. Install Debian's headless shell of it, with which they take a third less CPU, or
# else Debian's Chromium, unless there is one.
set -eu

# Install this package, if it can be had.
install() {
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        return 1
    fi
    apt-get update -qq
    apt-cache show "$1" >/dev/null 2>&1 || return 1
    echo "Installing $1 …"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

# Whether one of these programs is there.
has() {
    for name in "$@"; do
        if command -v "$name" >/dev/null; then
            return
        fi
    done
    return 1
}

# The names for which chromium.py looks.
if has chromium-headless-shell || install chromium-headless-shell ||
    has chromium chromium-browser google-chrome || install chromium; then
    exit 0
fi
echo "The browser tests need Chromium, which is not installed. Install it as root: apt-get install chromium" >&2
exit 1
