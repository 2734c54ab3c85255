#!/bin/sh
# Makes what fuzzing starts from, in fuzz/corpus: the machines of all fixtures, each as one text with
# the files under heads as `nginx -T` writes them; certificates and keys of many kinds; and settings.
set -eu
cd "$(dirname "$0")"

machines=corpus/machines
certificates=corpus/certificates
mkdir -p "$machines" "$certificates"

for fixture in ../fixtures/*/*/*; do
    [ -d "$fixture" ] || continue
    text=$machines/$(echo "${fixture#../fixtures/}" | tr / _)
    find "$fixture" -mindepth 2 -type f | LC_ALL=C sort | while read -r file; do
        printf '# configuration file %s:\n' "${file#"$fixture"}"
        cat "$file"
        echo
    done >"$text"
done

settings=corpus/settings
mkdir -p "$settings"
awk -v directory="$settings" '
    /^```toml/ { out = directory "/" ++number ".toml"; next }
    /^```/ { out = "" }
    out { print > out }
' ../docs/settings.md

make_certificate() {
    name=$1
    shift
    openssl req -x509 -nodes -days 90 -subj "/CN=$name.example.com" \
        -addext "subjectAltName=DNS:$name.example.com,DNS:*.example.net,IP:192.0.2.1" \
        -keyout "$certificates/$name.key" -out "$certificates/$name.pem" "$@" 2>/dev/null
    cat "$certificates/$name.key" "$certificates/$name.pem" >"$certificates/$name.both"
    openssl x509 -in "$certificates/$name.pem" -outform DER -out "$certificates/$name.der"
}

make_certificate rsa -newkey rsa:1024
make_certificate ec -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
make_certificate ed25519 -newkey ed25519
make_certificate staple -newkey ec -pkeyopt ec_paramgen_curve:secp384r1 \
    -addext tlsfeature=status_request -addext authorityInfoAccess=OCSP\;URI:http://ocsp.example.com
openssl ec -in "$certificates/ec.key" -out "$certificates/ec.sec1" 2>/dev/null
openssl ec -in "$certificates/ec.key" -aes128 -passout pass:word -out "$certificates/ec.locked" 2>/dev/null
openssl pkcs8 -topk8 -in "$certificates/rsa.key" -passout pass:word -out "$certificates/rsa.locked"
cat "$certificates/ec.pem" "$certificates/rsa.pem" "$certificates/ec.pem" >"$certificates/chain.pem"
openssl dhparam -dsaparam -out "$certificates/dh.pem" 512 2>/dev/null
