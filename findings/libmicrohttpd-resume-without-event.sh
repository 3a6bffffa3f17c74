#!/usr/bin/env bash
# What was seen: in libmicrohttpd 0.9.75 with an external loop, a resumed connection makes no event.
#
# A program that polls the library's epoll descriptor itself (MHD_USE_EPOLL without an internal thread) suspends a
# connection until another part of the program has the response, then calls MHD_resume_connection. One would expect
# that the epoll descriptor becomes readable, or that MHD_get_timeout says that something is due. Neither happens: the
# connection stays silent until MHD_run is called for another reason. The program has to remember to call MHD_run.
#
# Versions: libmicrohttpd12, libmicrohttpd-dev 0.9.75-6 and gcc 12 of Debian 12.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download libmicrohttpd12=0.9.75-6 libmicrohttpd-dev=0.9.75-6
for archive in *.deb; do dpkg -x "$archive" unpacked; done
library=$(dirname "$(find "$PWD/unpacked" -name 'libmicrohttpd.so')")

cat >resume.c <<'C'
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct MHD_Connection *held;

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *part, size_t *size, void **context) {
  static int known;
  (void)cls, (void)url, (void)method, (void)version, (void)part, (void)size;
  if (*context == NULL) {
    *context = &known;
    return MHD_YES;
  }
  if (held == NULL) {
    held = connection;
    MHD_suspend_connection(connection);
    return MHD_YES;
  }
  struct MHD_Response *response = MHD_create_response_from_buffer(5, "later", MHD_RESPMEM_PERSISTENT);
  enum MHD_Result queued = MHD_queue_response(connection, 200, response);
  MHD_destroy_response(response);
  return queued;
}

static int readable(int fd) {
  struct pollfd one = {fd, POLLIN, 0};
  return poll(&one, 1, 200);
}

int main(void) {
  struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
                                               NULL, &answer, NULL, MHD_OPTION_END);
  int ends[2];
  char text[512] = {0};
  MHD_UNSIGNED_LONG_LONG due;
  if (daemon == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    return 1;
  struct sockaddr from = {AF_UNIX, {0}};
  MHD_add_connection(daemon, ends[1], &from, sizeof from);
  const char *request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
  if (write(ends[0], request, strlen(request)) < 0)
    return 1;
  int loop = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  for (int turn = 0; turn < 10 && held == NULL; ++turn) {
    readable(loop);
    MHD_run(daemon);
  }
  printf("suspended: %s\n", held != NULL ? "yes" : "no");
  MHD_run(daemon);
  MHD_resume_connection(held);
  printf("after resume, the epoll descriptor is readable: %s\n", readable(loop) > 0 ? "yes" : "no");
  printf("after resume, MHD_get_timeout knows of work: %s\n", MHD_get_timeout(daemon, &due) == MHD_YES && due == 0 ? "yes" : "no");
  struct pollfd client = {ends[0], POLLIN, 0};
  printf("the client has an answer: %s\n", poll(&client, 1, 200) > 0 ? "yes" : "no");
  for (int turn = 0; turn < 5; ++turn)
    MHD_run(daemon);
  printf("after MHD_run it has one: %s\n", read(ends[0], text, sizeof text - 1) > 0 && strstr(text, "later") ? "yes" : "no");
  MHD_stop_daemon(daemon);
  return 0;
}
C
gcc -O1 -o resume resume.c "-I$(dirname "$(find "$PWD/unpacked" -name microhttpd.h)")" "-L$library" -lmicrohttpd
LD_LIBRARY_PATH=$library ./resume | tee seen

diff seen - <<'TEXT'
suspended: yes
after resume, the epoll descriptor is readable: no
after resume, MHD_get_timeout knows of work: no
the client has an answer: no
after MHD_run it has one: yes
TEXT
echo "as seen before"
