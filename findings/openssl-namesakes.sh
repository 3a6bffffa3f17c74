#!/usr/bin/env bash
# What was seen: whether OpenSSL 3.0 finds a certificate's path depends on the order of the untrusted certificates.
#
# Two CAs have one name and different keys, both issued by the trusted root; certificates name no key of their issuer
# (no authorityKeyIdentifier). `openssl verify` goes on with the first file that has the issuer's name. If that is the
# wrong one, it reports a bad signature, and does not try the other. RFC 5280 §6.1 leaves the search to the program, so
# neither order is wrong.
#
# Versions: openssl and libssl3 3.0.22-1~deb12u2 of Debian 12.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download openssl=3.0.22-1~deb12u2 libssl3=3.0.22-1~deb12u2
for archive in *.deb; do dpkg -x "$archive" unpacked; done
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(printf '%s:' "$PWD"/unpacked/usr/lib/*-linux-gnu)
openssl() { "$PWD/unpacked/usr/bin/openssl" "$@"; }

cat >ca.cnf <<'CNF'
[ca]
basicConstraints = critical,CA:TRUE
authorityKeyIdentifier = none
subjectKeyIdentifier = none
[leaf]
authorityKeyIdentifier = none
subjectKeyIdentifier = none
CNF
# make NAME SUBJECT ISSUER SECTION
make() {
  openssl req -quiet -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$2" -out "$1.csr" 2>/dev/null \
    || openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$2" -out "$1.csr" 2>/dev/null
  if [ "$3" = self ]; then
    openssl x509 -req -in "$1.csr" -signkey "$1.key" -extfile ca.cnf -extensions "$4" -days 30 -out "$1.pem" 2>/dev/null
  else
    openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -extfile ca.cnf -extensions "$4" -days 30 \
      -out "$1.pem" 2>/dev/null
  fi
}
make root Root self ca
make first Twin root ca
make second Twin root ca
make leaf leaf.example second leaf

judge() {
  openssl verify -CAfile root.pem -untrusted "$1" -untrusted "$2" leaf.pem 2>&1 | grep -oE "OK|error [0-9]+|signature failure" | sort -u |
    tr '\n' ' '
}
{
  openssl version | cut -d' ' -f1,2
  echo "the issuer first: $(judge second.pem first.pem)"
  echo "the issuer last: $(judge first.pem second.pem)"
} | tee seen
diff seen - <<'TEXT'
OpenSSL 3.0.22
the issuer first: OK 
the issuer last: error 7 signature failure 
TEXT
echo "as seen before"
