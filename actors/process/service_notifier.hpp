// What the hub reports to the service manager that started it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub {

/// Sends the states of the process to the service manager, by the protocol of sd_notify(3): one
/// datagram for each report to the Unix socket that NOTIFY_SOCKET names. The protocol is stable,
/// and the datagrams are made here, since libsystemd would bring four compression libraries and
/// libgcrypt into a process that strangers talk to.
///
/// Without a service manager every report does nothing. A report waits at most `patience` for a
/// manager that does not read, then it is lost. Belongs to the thread that runs the process.
class service_notifier {
public:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::milliseconds patience{1000};
  /// A hub that recovers reports so within this time.
  static constexpr std::chrono::microseconds ill_pause{1'000'000};
  /// The most octets of a status text; the rest is cut off.
  static constexpr size_t status_octets = 512;

  service_notifier() = default; ///< of a process without a service manager.

  /// @param socket a path, or "@" and the name of an abstract socket; empty: no service manager. A
  /// name that no Unix socket can have (sockaddr_un: over 107 octets) counts as none.
  /// @param watchdog the time within which the manager expects signs of life (WATCHDOG_USEC);
  /// nothing: it expects none.
  explicit service_notifier(std::string socket,
                            std::optional<std::chrono::microseconds> watchdog = {});

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them, so that no child
  /// process reports in the name of this one. Use at start, in one thread.
  static service_notifier from_environment();

  /// Reports that the hub serves, after the start or a reload. @param status one line for people.
  void ready(std::string_view status) const;
  /// Reports that the configuration is being read again, until `ready`.
  void reloading() const;
  /// Reports that the hub drains and stops.
  void stopping() const;

  /// Reports a sign of life if one is due and the hub is well. Otherwise the manager ends the
  /// process after the watchdog's time, and starts it again. Call again after `pause`.
  /// @param ailment what is wrong with the hub, as text for people; empty: nothing. It becomes the
  /// status, and `status` again after the hub has recovered.
  void beat(clock::time_point now, std::string_view ailment, std::string_view status);

  /// Returns how long to wait before the next `beat`: a third of the watchdog's time, at most
  /// `ill_pause` while the hub is ill; nothing if no signs of life are expected.
  std::optional<std::chrono::microseconds> pause() const;

private:
  void send(std::string_view datagram) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
  clock::time_point next_beat_{};
  std::string ailment_; ///< as last reported.
};

} // namespace fedhub
