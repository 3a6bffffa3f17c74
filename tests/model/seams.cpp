#include "tests/model/seams.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "actors/side_threads.hpp"
#include "actors/tcp_liveness.hpp"
#include "actors/transport.hpp"

namespace fedhub::model {

namespace {

seams* the_seams = nullptr;

} // namespace

socket_pair make_pair_of_sockets() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
    std::abort();
  const int room = 4608; // the kernel's least
  for (const int end : ends)
    ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  return {unique_fd{ends[0]}, unique_fd{ends[1]}};
}

seams::seams(uint64_t seed) : random_(seed) { the_seams = this; }
seams::~seams() { the_seams = nullptr; }
seams* seams::current() { return the_seams; }

void seams::connect_in(int listening, unique_fd hub_end, const socket_address& from) {
  arrivals_[listening].push_back({std::move(hub_end), from});
  const uint64_t one = 1;
  if (::write(listening, &one, sizeof one) != sizeof one)
    std::abort();
}

int seams::accept(int listening, sockaddr* from, socklen_t* size) {
  auto& waiting = arrivals_[listening];
  if (waiting.empty()) {
    errno = EAGAIN;
    return -1;
  }
  auto next = std::move(waiting.front());
  waiting.pop_front();
  *size = std::min(*size, next.from.size());
  std::memcpy(from, next.from.data(), *size);
  return next.fd.release();
}

uint64_t seams::taken(int fd) const {
  const auto known = taken_.find(fd);
  return known == taken_.end() ? 0 : *known->second;
}

} // namespace fedhub::model

// ---- what the linker puts in place -------------------------------------------------------------

namespace {

using fedhub::model::seams;

} // namespace

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): the linker wants these names.

fedhub::unique_fd
__wrap__ZN6fedhub11connect_tcpERKNS_14socket_addressE(const fedhub::socket_address& to) {
  return seams::current()->on_dial(to);
}

/// The sockets are no TCP, and yet it is known what their peers have taken.
bool __wrap__ZN6fedhub12set_livenessEiRKNS_12tcp_livenessE(int, const fedhub::tcp_liveness&) {
  return true;
}

uint64_t __wrap__ZNK6fedhub9transport19octets_acknowledgedEv(const fedhub::transport* self) {
  return std::min(seams::current()->taken(self->fd()), self->octets_written());
}

/// Files are local: there is nothing to wait for on another thread.
bool __wrap__ZN6fedhub12side_threads3runESt8functionIFvvEE(fedhub::side_threads*,
                                                           std::function<void()> work) {
  work();
  return true;
}

int __wrap_accept4(int listening, sockaddr* from, socklen_t* size, int) {
  return seams::current()->accept(listening, from, size);
}

int __wrap_RAND_bytes(unsigned char* to, int count) {
  for (int i = 0; i < count; ++i)
    to[i] = static_cast<unsigned char>(seams::current()->random());
  return 1;
}

unsigned __wrap__ZNSt13random_device9_M_getvalEv(void*) {
  return static_cast<unsigned>(seams::current()->random());
}

// NOLINTEND(bugprone-reserved-identifier)
}
