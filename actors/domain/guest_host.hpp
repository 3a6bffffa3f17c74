// A stream that other domains ask over (XEP-0220 §2.6.2), as its owner sees it.
#pragma once

#include <chrono>
#include <string>
#include <utility>

namespace fedhub {

/// The server that the directory takes a domain to have a stream to. A stream that only verified
/// keys stays for the next guest if other domains have that server too.
///
/// A value; time is a parameter.
class guest_host {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How long such a stream stays.
  static constexpr std::chrono::seconds guest_time{5};

  /// `host_key` of the server; empty: none.
  const std::string& key() const { return key_; }
  bool offered() const { return !key_.empty(); }
  /// Domains other than the owner have that server.
  bool lasting() const { return lasting_; }

  /// @param lasting whether other domains are known to have that server.
  void offer(std::string key, bool lasting) {
    key_ = std::move(key);
    lasting_ = lasting;
  }
  void note_guest() { lasting_ = true; }
  /// @returns the key of the server that there is no stream to any more.
  std::string leave() {
    lasting_ = false;
    return std::exchange(key_, {});
  }

  /// @returns until when the stream stays without any other use; `time_point::min()`: it does not.
  time_point kept_until(time_point last_use) const {
    return lasting_ ? last_use + guest_time : time_point::min();
  }

private:
  std::string key_;
  bool lasting_ = false;
};

} // namespace fedhub
