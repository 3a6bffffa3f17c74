#include "tests/model/seams.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "actors/net/tcp_liveness.hpp"
#include "actors/net/transport.hpp"
#include "actors/runtime/side_threads.hpp"
#include "actors/tls/tls_store.hpp"

namespace fedhub::model {

namespace {

seams* the_seams = nullptr;

} // namespace

socket_pair make_pair_of_sockets() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
    std::abort();
  const int room = 4608; // the kernel's minimum
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

// ---- the functions that the linker puts in place -----------------------------------------------

namespace {

using fedhub::model::seams;

} // namespace

extern "C" {

// The linker needs these names and signatures.
#ifdef __clang__
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"
#endif
// NOLINTBEGIN(bugprone-reserved-identifier)
// NOLINTBEGIN(performance-unnecessary-value-param)

fedhub::unique_fd
__wrap__ZN6fedhub11connect_tcpERKNS_14socket_addressE(const fedhub::socket_address& to) {
  return seams::current()->on_dial(to);
}

/// Succeeds, although the sockets are not TCP: the model knows what their peers have taken.
bool __wrap__ZN6fedhub12set_livenessEiRKNS_12tcp_livenessE(int, const fedhub::tcp_liveness&) {
  return true;
}

uint64_t __wrap__ZNK6fedhub9transport19octets_acknowledgedEv(const fedhub::transport* self) {
  return std::min(seams::current()->taken(self->fd()), self->octets_written());
}

/// Runs the work at once: files are local, so no thread is needed to wait for them.
bool __wrap__ZN6fedhub12side_threads3runESt8functionIFvvEE(fedhub::side_threads*,
                                                           std::function<void()> work) {
  work();
  return true;
}

using tls_loaded =
  tl::expected<std::shared_ptr<const fedhub::tls_store>, std::string>; // of `tls_store::load`
tls_loaded
__real__ZN6fedhub9tls_store4loadB5cxx11ERKNS_4conf6configERKSt6vectorINS_14domain_patternESaIS6_EEPKS0_NSt6chrono10time_pointINSD_3_V212system_clockENSD_8durationIlSt5ratioILl1ELl1EEEEEENS_9state_useE(
  const fedhub::conf::config&, const std::vector<fedhub::domain_pattern>&, const fedhub::tls_store*,
  std::chrono::sys_seconds, fedhub::state_use);
/// Loads the store only once: all hubs of the model have the same certificate, and loading takes
/// milliseconds.
tls_loaded
__wrap__ZN6fedhub9tls_store4loadB5cxx11ERKNS_4conf6configERKSt6vectorINS_14domain_patternESaIS6_EEPKS0_NSt6chrono10time_pointINSD_3_V212system_clockENSD_8durationIlSt5ratioILl1ELl1EEEEEENS_9state_useE(
  const fedhub::conf::config& config, const std::vector<fedhub::domain_pattern>& domains,
  const fedhub::tls_store* previous, std::chrono::sys_seconds now, fedhub::state_use use) {
  static const auto loaded =
    __real__ZN6fedhub9tls_store4loadB5cxx11ERKNS_4conf6configERKSt6vectorINS_14domain_patternESaIS6_EEPKS0_NSt6chrono10time_pointINSD_3_V212system_clockENSD_8durationIlSt5ratioILl1ELl1EEEEEENS_9state_useE(
      config, domains, previous, now, use);
  return loaded;
}

int __real_stat(const char* path, struct stat* to);
int __wrap_stat(const char* path, struct stat* to) {
  const int result = __real_stat(path, to);
  if (const auto* of_run = seams::current()) // there is none when GoogleTest writes its results
    to->st_ctim = to->st_mtim = {1, of_run->files_version()};
  return result;
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

// NOLINTEND(performance-unnecessary-value-param)
// NOLINTEND(bugprone-reserved-identifier)
}
