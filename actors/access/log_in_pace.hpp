// How fast log-ins may be tried.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "actors/net/address_group.hpp"

namespace fedhub {

/// Slows down attempts to log in, for each address and for each user. A value; it knows no clock.
///
/// After `free_of_address` attempts an address waits 1 s before the next one, then twice as long
/// each time, up to a minute. Addresses are those of strangers, so a user is slowed down too,
/// wherever the attempts come from: after `free_of_user` attempts, to one in 5 s. A stranger who
/// goes on can delay the user's own log-in by as much, and no longer. An attempt that succeeds is
/// forgotten. What was unused for 15 min is forgotten, and the oldest if there are more than
/// `most`.
class log_in_pace {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr unsigned free_of_address = 3;
  static constexpr unsigned free_of_user = 10;
  static constexpr std::chrono::seconds longest_of_address{60};
  static constexpr std::chrono::seconds longest_of_user{5};
  static constexpr std::chrono::minutes memory{15};
  static constexpr size_t most = 1024;

  /// Begins an attempt. @param user empty: none that is configured, or no password is tried.
  /// @returns how long to wait before it; 0: it has begun.
  std::chrono::seconds begin(const address_group& from, const std::string& user, time_point now);

  /// Forgets the attempts of the address and the user, since one has succeeded.
  void succeed(const address_group& from, const std::string& user);

private:
  struct row {
    unsigned attempts = 0;
    time_point last = {};
    time_point next = {}; ///< no attempt before.
  };

  std::map<address_group, row> addresses_;
  std::map<std::string, row> users_; ///< configured ones.
};

} // namespace fedhub
