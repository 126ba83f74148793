#!/bin/sh
# GET a URL with curl, signed by openssl: sh hawk_get.sh URL [OPTIONS OF CURL]
set -eu

url=$1
shift
rest=${url#*://}
authority=${rest%%/*}
target=/${rest#*/}
host=${authority%:*}
case $authority,$url in
*:*,*) port=${authority##*:} ;;
*,https:*) port=443 ;;
*) port=80 ;;
esac

ts=$(date +%s)
nonce=$(openssl rand -hex 12)
mac=$(printf 'hawk.1.header\n%s\n%s\nGET\n%s\n%s\n%s\n\n\n' "$ts" "$nonce" "$target" "$host" "$port" |
    openssl dgst -sha256 -hmac "$HAWK_KEY" -binary | openssl base64)
curl --silent --show-error --globoff --fail-with-body \
    --header "Authorization: Hawk id=\"$HAWK_ID\", ts=\"$ts\", nonce=\"$nonce\", mac=\"$mac\"" "$@" "$url"
