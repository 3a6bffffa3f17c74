#!/usr/bin/env bash
# What was seen: Prosody 0.12.3 does not know its own internationalised host by A-labels. DNS and certificates name
# `bücher.example` as `xn--bcher-kva.example`, so one would guess that a stream may do so too. It is answered
# `host-unknown`, while U-labels in any letter case are taken: an A-label is a name of ASCII like any other.
#
# RFC 7622 §3.2.1 has U-labels in addresses, and RFC 6122 had left both forms to be compared. A program that writes the
# form that it looks up in DNS reaches no internationalised domain of Prosody's.
#
# Version: prosody 0.12.3-1+deb12u1 of Debian 12, with its Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
made=
if [ ! -e /usr/sbin/policy-rc.d ]; then # the package's own service is not to start
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  made=1
fi
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends prosody=0.12.3-1+deb12u1 python3 \
  >/dev/null 2>&1
[ -z "$made" ] || rm /usr/sbin/policy-rc.d

cat >prosody.cfg.lua <<LUA
run_as_root = true
pidfile = "$folder/prosody.pid"
data_path = "$folder"
modules_enabled = { "dialback" }
modules_disabled = { "tls" }
c2s_ports = {}
s2s_ports = { 15269 }
c2s_require_encryption = false
s2s_require_encryption = false
log = "$folder/prosody.log"
VirtualHost "bücher.example"
LUA
prosody -F --config prosody.cfg.lua >output 2>&1 &
server=$!

cat >ask.py <<'PYTHON'
import re
import socket
import time


def connect():
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", 15269), timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("Prosody does not listen")


def answer(host):
    with connect() as stream:
        stream.sendall(f"<?xml version='1.0'?><stream:stream xmlns='jabber:server' to='{host}' from='peer.example' "
                       "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>".encode())
        seen = b""
        while not (found := re.search(rb"<(stream:features|host-unknown)", seen)):
            data = stream.recv(4096)
            if not data:
                return "nothing"
            seen += data
        return found.group(1).decode()


for host in ("bücher.example", "BÜCHER.example", "xn--bcher-kva.example"):
    print(host, answer(host))
PYTHON
/usr/bin/python3 ask.py | tee seen
diff seen - <<'TEXT'
bücher.example stream:features
BÜCHER.example stream:features
xn--bcher-kva.example host-unknown
TEXT
echo "as seen before"
