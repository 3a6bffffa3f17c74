// What one listener may take, and how addresses share it.
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
  uint64_t connections_per_address = 0; ///< of these, not authenticated and of no known use.
  uint64_t accepts_per_second = 0;
  /// Connections that are to be expected beyond that, at once and from any address: the configured
  /// nodes.
  uint64_t expected = 0;
  /// Whether authenticated peers are held to shares of `connections`, too.
  bool shares_for_authenticated = true;
};

/// The connections that came in by one listener, by address.
///
/// Accepts: a bucket that holds `accepts_per_second` and is filled within a second. An address gets
/// in as long as it took in the last second no more than twice of what is left, so that one alone
/// can use all of the rate, but two thirds of a full bucket at once, and many share it evenly; who
/// took little gets in before who took much.
///
/// Connections: when there is no room, the address with most connections that have not
/// authenticated gives up the oldest of them, if it has at least two more than who comes.
/// Connections that have authenticated are never given up. Of them, no address and no domain may
/// have more than a quarter of all.
///
/// No I/O and no clock. Not thread safe.
class listener_budget {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Addresses without connections that are remembered for what they took.
  static constexpr size_t most_remembered = 65536;

  /// The place of one connection; not moved. Belongs to who entered; has to leave before it ends.
  struct place {
    enum class use : uint8_t {
      none,
      served,        ///< it has asked about a key that the hub has sent.
      authenticated, ///< counts for its address and domain, no longer as a stranger.
      left,          ///< counts no more: it has left, or given way.
    };
    address_group from;
    use is = use::none;
    uint64_t domain = 0;                        ///< of `authenticated`: a hash.
    std::unique_ptr<std::function<void()>> end; ///< null: it can't be asked to give way.
    std::list<place*>::iterator at{};           ///< among those of its address.
  };

  explicit listener_budget(budget_limits limits);
  void limits(const budget_limits& x) { limits_ = x; }

  /// Takes a connection in, or says why not.
  /// @param awaited connections that the address may have beyond its limit.
  /// @param victim is set to what ends the connection that has to give way, to be called once the
  /// budget is not locked; or left alone.
  std::optional<connection_limit> enter(place& x, uint64_t awaited, time_point now,
                                        std::function<void()>& victim);
  void served(place& x);
  /// Whether `authenticated` would be true now.
  bool room_for(const place& x, std::string_view domain) const;
  /// @returns false if its address or domain has more than its share; then it counts as before.
  bool authenticated(place& x, std::string_view domain);
  void leave(place& x);

  uint64_t connections() const { return connections_; }
  /// Addresses known, with connections and without.
  size_t addresses() const { return addresses_.size(); }

private:
  struct address {
    std::list<place*> strangers; ///< not authenticated, the oldest first.
    uint64_t served = 0;         ///< of these.
    uint64_t authenticated = 0;
    double taken = 0; ///< accepts of the last second, weighted by age.
    time_point taken_at{};
    bool idle = false;                         ///< it has no connection.
    std::list<address_group>::iterator rest{}; ///< in `idle_`, if so.
  };
  using address_map = std::unordered_map<address_group, address>;

  void refill(time_point now);
  static double taken(const address& x, time_point now);
  std::optional<connection_limit> refuse(const address* x, const address_group& group,
                                         uint64_t awaited, time_point now);
  place* who_gives_way(const address_group& to) const;
  void forget_stranger(place& x, address& of);
  void rest(address_map::iterator x);
  void forget_idle(time_point now);
  uint64_t share() const;
  uint64_t hash(std::string_view domain) const;

  budget_limits limits_;
  const uint64_t seed_; ///< peers choose domains, and must not choose their hashes.
  uint64_t connections_ = 0;
  double allowance_ = 0; ///< accepts left in the bucket.
  std::optional<time_point> refilled_;
  address_map addresses_;
  most_held<address_group> strangers_;
  std::unordered_map<uint64_t, uint64_t> domains_; ///< authenticated connections by domain.
  std::list<address_group> idle_;                  ///< addresses without connections.
};

} // namespace fedhub
