#!/usr/bin/env bash
# What was seen: libmicrohttpd 0.9.75 counts more than the octets of a request's head against its memory limit.
#
# MHD_OPTION_CONNECTION_MEMORY_LIMIT bounds the memory of one connection, and a server's documentation easily tells its
# users that number as the most that a head may have. But each field takes a record of its own from the same memory.
# With the limit 8,192, a head of 4,000 octets in one field is answered 200, and a head of about the same size in 800
# short fields is answered 431 ("Request Header Fields Too Large"). So a limit for heads has to be told in fields too.
#
# Versions: libmicrohttpd12, libmicrohttpd-dev 0.9.75-6 and gcc 12 of Debian 12.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download libmicrohttpd12=0.9.75-6 libmicrohttpd-dev=0.9.75-6
for archive in *.deb; do dpkg -x "$archive" unpacked; done
libraries=$(echo "$PWD"/unpacked/usr/lib/*-linux-gnu)

cat >server.c <<'C'
#include <microhttpd.h>
#include <stdio.h>

static enum MHD_Result answer(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *body, size_t *octets, void **state) {
  struct MHD_Response *response = MHD_create_response_from_buffer(3, "ok\n", MHD_RESPMEM_PERSISTENT);
  enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

int main(void) {
  struct MHD_Daemon *daemon =
      MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, NULL,
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)8192, MHD_OPTION_END);
  printf("%s %u\n", MHD_get_version(), MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  getchar();
  MHD_stop_daemon(daemon);
}
C
gcc -w -I unpacked/usr/include server.c -o server -L "$libraries" -lmicrohttpd -Wl,--allow-shlib-undefined

cat >ask.py <<'PYTHON'
import socket
import subprocess

server = subprocess.Popen(["./server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
version, port = server.stdout.readline().split()
print(version)
heads = {"one field": "A: " + "x" * 3995 + "\r\n", "800 fields": "A:b\r\n" * 800}
for name, fields in heads.items():
    with socket.create_connection(("127.0.0.1", int(port)), 10) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        status = connection.recv(4096).split(b" ", 2)[1].decode()
    print(f"{len(fields)} octets in {name}: {status}")
server.communicate("\n", timeout=10)
PYTHON
LD_LIBRARY_PATH=$libraries /usr/bin/python3 ask.py | tee seen

diff seen - <<'TEXT'
0.9.75
4000 octets in one field: 200
4000 octets in 800 fields: 431
TEXT
echo "as seen before"
