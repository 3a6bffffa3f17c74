// A stream on which other domains may ask (XEP-0220 §2.6.2), as its owner sees it.
#pragma once

#include <chrono>
#include <string>
#include <utility>

namespace fedhub {

/// Tracks the server that the domain has offered to the directory, and to which it has a stream. A
/// stream that only verified keys stays for further guests if other domains have the same server.
///
/// A value; time is a parameter.
class guest_host {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The time for which such a stream stays.
  static constexpr std::chrono::seconds guest_time{5};

  /// Returns the `host_key` of the server; empty if none is offered.
  const std::string& key() const { return key_; }
  bool offered() const { return !key_.empty(); }
  /// Returns whether other domains have the same server.
  bool lasting() const { return lasting_; }

  /// Notes the server. @param lasting other domains are known to have it too.
  void offer(std::string key, bool lasting) {
    key_ = std::move(key);
    lasting_ = lasting;
  }
  void note_guest() { lasting_ = true; }
  /// Forgets the server. @returns its key.
  std::string leave() {
    lasting_ = false;
    return std::exchange(key_, {});
  }

  /// Returns the time until which the stream stays for guests; `time_point::min()` if it does not.
  time_point kept_until(time_point last_use) const {
    return lasting_ ? last_use + guest_time : time_point::min();
  }

private:
  std::string key_;
  bool lasting_ = false;
};

} // namespace fedhub
