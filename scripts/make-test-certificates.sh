#!/usr/bin/env bash
# Makes the certificates of the tests, all anew: run it when one more is needed, and commit what it makes. Their keys are
# public, so they protect nothing. The authorities' own keys are thrown away: nothing can be added without this script.
set -euo pipefail
umask 022
cd "$(dirname "$0")/../packages/cache-core/src/testing/certificates"

readonly FROM=20200101000000Z TO=21200101000000Z EXPIRED=20210101000000Z # no other test is to fail for its date
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -f ./*.pem
cat >"$work/openssl.cnf" <<END
[ca]
default_ca = test
[test]
database = $work/index
new_certs_dir = $work
rand_serial = yes
unique_subject = no
default_md = sha256
policy = names
[names]
commonName = supplied
END

key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }

# sign NAME KEY SUBJECT UNTIL HOW..., with the extensions from standard input
sign() {
  local name=$1 key=$2 subject=$3 until=$4
  shift 4
  openssl req -new -key "$key" -subj "/CN=$subject" -out "$work/csr"
  cat >"$work/extensions"
  : >"$work/index"
  openssl ca -batch -notext -config "$work/openssl.cnf" -in "$work/csr" -extfile "$work/extensions" \
    -startdate "$FROM" -enddate "$until" -out "$name.pem" "$@" 2>>"$work/log" || { cat "$work/log" >&2; exit 1; }
}

authority() { # NAME SUBJECT
  key "$work/$1.key"
  sign "$1" "$work/$1.key" "$2" "$TO" -selfsign -keyfile "$work/$1.key" <<END
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
END
}

certificate() { # NAME AUTHORITY SUBJECT UNTIL USAGE ALTERNATIVE_NAMES
  key "$1-key.pem"
  chmod 644 "$1-key.pem" # as git gives it to everybody else
  sign "$1" "$1-key.pem" "$3" "$4" -cert "$2.pem" -keyfile "$work/$2.key" <<END
basicConstraints = CA:FALSE
extendedKeyUsage = $5
subjectAltName = $6
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
}

readonly HERE='DNS:localhost,IP:127.0.0.1,IP:::1' BOTH='serverAuth,clientAuth'
authority ca 'ringcache test authority'
authority strangers-ca 'authority of strangers'
certificate member ca 'member' "$TO" "$BOTH" "$HERE"
certificate renewed ca 'member renewed' "$TO" "$BOTH" "$HERE"
certificate client ca 'client' "$TO" clientAuth 'DNS:client.test,URI:spiffe://test/client'
certificate elsewhere ca 'elsewhere' "$TO" "$BOTH" 'DNS:elsewhere.test'
certificate expired ca 'expired' "$EXPIRED" "$BOTH" "$HERE"
certificate stranger strangers-ca 'stranger' "$TO" "$BOTH" "$HERE"
