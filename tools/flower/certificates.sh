#!/usr/bin/env bash
# Makes a certificate authority of one's own, and a server's key and certificate that it signs:
#   certificates.sh HOST [FOLDER]
# HOST is the name, or the address, under which sites reach the hub's machine. Files go to FOLDER (default:
# certificates), and none is overwritten. An authority that is there already signs again: to renew a server's
# certificate, move server.key and server.crt away and call this once more; sites need nothing new.
set -euo pipefail
umask 077
authority=3650 server=730 # days

fail() {
  echo "certificates.sh: $2" >&2
  exit "$1"
}
{ [ $# -eq 1 ] || [ $# -eq 2 ]; } && [[ $1 != -* ]] || fail 2 "usage: certificates.sh HOST [FOLDER]"
host=$1 dir=${2:-certificates}
[[ $host =~ ^[A-Za-z0-9.:-]+$ ]] || fail 2 "\"$host\" is neither the name of a host nor an address"
case $host in
  *:*) name=IP:$host ;;
  *[!0-9.]*) name=DNS:$host ;;
  *) name=IP:$host ;;
esac
command -v openssl >/dev/null || fail 10 "there is no openssl here"
for file in server.key server.crt; do
  [ ! -e "$dir/$file" ] || fail 1 "$dir/$file is there already: move it away first"
done
mkdir -p "$dir"
new=$(mktemp -d "$dir/new.XXXXXX")
trap 'rm -rf "$new"' EXIT
cat >"$new/openssl.cnf" <<END
[req]
prompt = no
distinguished_name = name
[name]
CN = $host
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $name, DNS:localhost, IP:127.0.0.1
END
ssl() { openssl "$@" 2>"$new/log" || fail 1 "openssl $1: $(tail -n 1 "$new/log")"; }
request() { ssl req -config "$new/openssl.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes "$@"; }

if [ -e "$dir/ca.key" ] && [ -e "$dir/ca.crt" ]; then
  echo "$dir/ca.key signs, as before"
elif [ -e "$dir/ca.key" ] || [ -e "$dir/ca.crt" ]; then
  fail 1 "$dir has ca.key or ca.crt without the other: put it back"
else
  request -x509 -extensions authority -subj "/CN=fedpurel authority of $host" -days $authority \
    -keyout "$new/ca.key" -out "$new/ca.crt"
  chmod 644 "$new/ca.crt"
  mv "$new/ca.key" "$new/ca.crt" "$dir"
fi
request -keyout "$new/server.key" -out "$new/server.csr"
ssl x509 -req -in "$new/server.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
  -days $server -sha384 -extfile "$new/openssl.cnf" -extensions server -out "$new/server.crt"
ssl verify -CAfile "$dir/ca.crt" "$new/server.crt" >/dev/null
chmod 644 "$new/server.crt"
mv "$new/server.key" "$new/server.crt" "$dir"
cat <<END
$dir/ca.crt      to every site, and to /etc/fedpurel on the hub's machine
$dir/server.crt  to /etc/fedpurel on the hub's machine; good for $server days
$dir/server.key  to /etc/fedpurel on the hub's machine, readable by root alone
$dir/ca.key      to nobody: keep it off the network, it signs the next server.crt
END
