#include "actors/process/service_notifier.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// A longer time, in microseconds, is an error, and counts as none: it would overflow the clock.
constexpr uint64_t longest_watchdog =
  std::chrono::microseconds{std::chrono::hours{24 * 365}}.count();
/// Signs of life within the watchdog's time; sd_watchdog_enabled(3) recommends two.
constexpr int beats = 3;
/// Attempts to send a report, since other services may take the room that has become free.
constexpr int send_tries = 3;

/// Returns a variable of the environment; nothing if it is not set.
std::optional<std::string> variable(const char* name) {
  const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): at start, in one thread
  return text != nullptr ? std::optional<std::string>{text} : std::nullopt;
}

/// Returns a positive number; nothing if the text is not one.
std::optional<uint64_t> positive_number(const std::string& text) {
  uint64_t result = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), result);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return whole && result > 0 ? std::optional{result} : std::nullopt;
}

/// Returns the watchdog's time, if this process is the one that is watched.
std::optional<std::chrono::microseconds> watchdog_of_environment() {
  const auto time = variable("WATCHDOG_USEC");
  const auto process = variable("WATCHDOG_PID");
  if (!time || (process && *process != std::to_string(::getpid())))
    return {};
  const auto microseconds = positive_number(*time);
  if (!microseconds || *microseconds > longest_watchdog)
    return {};
  return std::chrono::microseconds{*microseconds};
}

/// Returns one line of at most `status_octets`. A line end would begin another field.
std::string status_line(std::string_view text) {
  std::string line{text.substr(0, service_notifier::status_octets)};
  std::ranges::replace_if(
    line, [](char x) { return x == '\n' || x == '\r' || x == '\0'; }, ' ');
  return "STATUS=" + line;
}

/// Returns the time of CLOCK_MONOTONIC in microseconds, which tells this reload from an older one.
std::string monotonic_time() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(uint64_t(now.tv_sec) * 1'000'000 + uint64_t(now.tv_nsec) / 1'000);
}

bool can_write(int fd, std::chrono::milliseconds patience) {
  pollfd writable{fd, POLLOUT, 0};
  return ::poll(&writable, 1, static_cast<int>(patience.count())) == 1
         && (writable.revents & POLLOUT) != 0;
}

} // namespace

service_notifier::service_notifier(std::string socket,
                                   std::optional<std::chrono::microseconds> watchdog)
  : socket_{std::move(socket)}, watchdog_{watchdog} {
  const bool is_name = socket_.size() > 1 && (socket_[0] == '/' || socket_[0] == '@')
                       && socket_.size() < sizeof sockaddr_un{}.sun_path;
  if (!is_name) {
    socket_.clear();
    watchdog_.reset();
  }
}

service_notifier service_notifier::from_environment() {
  service_notifier result{variable("NOTIFY_SOCKET").value_or(""), watchdog_of_environment()};
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    ::unsetenv(name); // NOLINT(concurrency-mt-unsafe): at start, in one thread
  return result;
}

void service_notifier::ready(std::string_view status) const {
  send("READY=1\n" + status_line(status));
}

void service_notifier::reloading() const {
  send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_time() + "\n"
       + status_line("reading the configuration again"));
}

void service_notifier::stopping() const {
  send("STOPPING=1\n"
       + status_line("draining: no new streams, waiting stanzas are delivered or "
                     "answered"));
}

void service_notifier::beat(clock::time_point now, std::string_view ailment,
                            std::string_view status) {
  if (socket_.empty())
    return;
  if (ailment_.empty() != ailment.empty())
    send(status_line(ailment.empty() ? status : ailment));
  ailment_ = ailment;
  if (!watchdog_ || now < next_beat_ || !ailment.empty())
    return;
  next_beat_ = now + *watchdog_ / beats;
  send("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> service_notifier::pause() const {
  if (!watchdog_)
    return {};
  const std::chrono::microseconds healthy = *watchdog_ / beats;
  return ailment_.empty() ? healthy : std::min(healthy, ill_pause);
}

void service_notifier::send(std::string_view datagram) const {
  if (socket_.empty())
    return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, socket_.data(), socket_.size());
  if (to.sun_path[0] == '@')
    to.sun_path[0] = '\0'; // an abstract socket (unix(7))
  const auto octets = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // A socket for each report: the manager may have been started anew since the last one.
  const unique_fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), octets) != 0)
    return;
  for (int i = 0; i < send_tries; ++i)
    if (::send(fd.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0 || !would_block(errno)
        || !can_write(fd.get(), patience / send_tries))
      return;
}

} // namespace fedhub
