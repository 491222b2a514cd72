#!/bin/sh
# Starts nginx in front of ToolDock, in the foreground.
#   SSL_CERT_PATH, SSL_KEY_PATH  both set: TLS on 443 with a redirect from 80; both missing: HTTP on 13000
#   RATE_LIMIT_ENABLED           true: 30 requests a second and 200 connections for each address
#   NGINX_DIR                    where the finished configuration is written (default /tmp/tooldock-nginx)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${NGINX_DIR:-/tmp/tooldock-nginx}
mkdir -p "$dir"
cp "$here/nginx-http.conf" "$here/nginx-headers.conf" "$here/nginx-locations.conf" "$dir/"

case ${RATE_LIMIT_ENABLED:-false} in
  true | 1 | yes) enabled=true ;;
  *) enabled=false ;;
esac
printf 'map "" $rate_limit_enabled {\n  default %s;\n}\n' "$enabled" >"$dir/rate-limit.conf"

if [ -n "${SSL_CERT_PATH:-}" ] && [ -n "${SSL_KEY_PATH:-}" ]; then
  for file in "$SSL_CERT_PATH" "$SSL_KEY_PATH"; do
    [ -r "$file" ] || { echo "nginx-start: $file (SSL_CERT_PATH, SSL_KEY_PATH) cannot be read" >&2; exit 1; }
  done
  export SSL_CERT_PATH SSL_KEY_PATH
  envsubst '${SSL_CERT_PATH} ${SSL_KEY_PATH}' <"$here/nginx-ssl.conf.template" >"$dir/nginx.conf"
elif [ -n "${SSL_CERT_PATH:-}${SSL_KEY_PATH:-}" ]; then
  echo 'nginx-start: set both SSL_CERT_PATH and SSL_KEY_PATH, or neither' >&2
  exit 1
else
  cp "$here/nginx.conf" "$dir/nginx.conf"
fi
exec nginx -p "$dir" -c "$dir/nginx.conf" -e stderr -g 'daemon off;'
