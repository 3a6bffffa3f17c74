// The budget of one kind of listener, and its sharing among addresses.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "actors/net/address_group.hpp"
#include "actors/runtime/most_held.hpp"
#include "metrics/labels.hpp"

namespace fedhub {

struct budget_limits {
  uint64_t connections = 0;             ///< at a time.
  uint64_t connections_per_address = 0; ///< of these, neither authenticated nor `served`.
  uint64_t accepts_per_second = 0;
  /// Expected connections beyond these limits, at once and from any address: the number of
  /// configured nodes.
  uint64_t expected = 0;
  /// Whether shares of `connections` bound authenticated peers too.
  bool shares_for_authenticated = true;
};

/// Counts the connections of one kind of listener, by address.
///
/// Accepts: a bucket holds `accepts_per_second` tokens and fills within a second. An address is
/// admitted as long as its accepts of the last second are at most twice the tokens left. So one
/// address alone can use the whole rate, but only two thirds of a full bucket at once. Many
/// addresses share the bucket evenly, and an address that took little is admitted before one that
/// took much.
///
/// Connections: if there is no room, the address with the most unauthenticated connections gives up
/// the oldest of them, if it has at least two more than the newcomer's address. A `served` one is
/// given up only if the address has no other. Authenticated connections are never given up. No
/// address and no domain may have more than a quarter of `connections` as authenticated ones.
///
/// Does no I/O and reads no clock. Not thread safe.
class listener_budget {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The most addresses without connections whose accepts are remembered.
  static constexpr size_t most_remembered = 65536;

  /// The place of one connection. Must not be moved. Belongs to the caller of `enter`, which has to
  /// call `leave` before destroying it.
  struct place {
    enum class use : uint8_t {
      none,
      served,        ///< the peer has asked about a key that the hub has sent.
      authenticated, ///< counts for its address and domain, no longer as a stranger.
      left,          ///< not counted: it has left, was refused, or has given way.
    };
    address_group from;
    use is = use::none;
    uint64_t domain = 0;                        ///< of `authenticated`: a hash.
    std::unique_ptr<std::function<void()>> end; ///< null: it can't give way.
    std::list<place*>::iterator at{};           ///< in the list of its address.
  };

  explicit listener_budget(const budget_limits& limits);
  void limits(const budget_limits& x) { limits_ = x; }

  /// Admits a connection, or returns the limit that refuses it.
  /// @param awaited connections that the address may have beyond its limit.
  /// @param victim set to the function that ends the connection which has to give way; call it when
  /// the budget is not locked. Unchanged if none has to.
  std::optional<connection_limit> enter(place& place, uint64_t awaited, time_point now,
                                        std::function<void()>& victim);
  void served(place& place);
  /// Returns whether `authenticated` would return true now.
  bool room_for(const place& place, std::string_view domain) const;
  /// Counts the connection as authenticated. @returns false if its address or domain has used up
  /// its share; then the connection counts as before.
  bool authenticated(place& place, std::string_view domain);
  void leave(place& place);

  uint64_t connections() const { return connections_; }
  /// Returns the number of known addresses, with and without connections.
  size_t addresses() const { return addresses_.size(); }

private:
  struct address {
    std::list<place*> strangers; ///< not authenticated, the oldest first.
    uint64_t served = 0;         ///< how many of these are `served`.
    uint64_t authenticated = 0;
    double taken = 0; ///< accepts of the last second, weighted by age.
    time_point taken_at{};
    bool idle = false;                         ///< it has no connection.
    std::list<address_group>::iterator rest{}; ///< in `idle_`, if `idle`.
  };
  using address_map = std::unordered_map<address_group, address>;

  void refill(time_point now);
  static double taken(const address& address, time_point now);
  std::optional<connection_limit> refuse(const address* address, const address_group& group,
                                         uint64_t awaited, time_point now);
  place* place_giving_way(const address_group& to) const;
  void forget_stranger(place& place, address& of);
  void rest(address_map::iterator at);
  void forget_idle(time_point now);
  uint64_t share() const;
  uint64_t hash(std::string_view domain) const;

  budget_limits limits_;
  const uint64_t seed_; ///< peers choose domains, and must not be able to choose their hashes.
  uint64_t connections_ = 0;
  double allowance_ = 0; ///< accepts left in the bucket.
  std::optional<time_point> refilled_;
  address_map addresses_;
  most_held<address_group> strangers_;
  std::unordered_map<uint64_t, uint64_t> domains_; ///< authenticated connections by domain.
  std::list<address_group> idle_;                  ///< addresses without connections.
};

} // namespace fedhub
