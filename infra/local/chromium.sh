#!/bin/sh
# The browser tests need Chromium. Install Debian's package if there is none.
set -eu

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "The browser tests need Chromium, which is not installed. Install it as root: apt-get install chromium" >&2
    exit 1
fi
echo "Installing Chromium …"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
