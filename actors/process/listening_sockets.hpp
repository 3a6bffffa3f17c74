// Every socket on which the hub listens.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "actors/net/inherited_sockets.hpp"
#include "actors/process/listener_change.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// Opens the sockets of `[listen]` and `[admin]`, and knows which are open. Actors and servers own
/// them; this has copies of the descriptors, so a socket can get another owner.
///
/// A change has two steps. `prepare` binds all that is new, or nothing, while the former sockets
/// accept connections as before: a new socket may overlap a former one, since `share_address`
/// allows it for that moment. `commit` only replaces the records, after the owners were told.
///
/// Thread safety: any thread may make any call. `prepare` is for side threads, since the file
/// system of a Unix socket may hang.
///
/// Bound: the configuration alone makes it grow; sockets that were passed are never forgotten.
class listening_sockets {
public:
  enum class mode : uint8_t {
    listen,
    trial, ///< connections are refused; the change must not be put in force.
  };
  using outcome = tl::expected<listener_change_ptr, std::vector<listener_fault>>;

  /// Prepares the listeners of a start. Takes each configured address from the inherited sockets,
  /// else binds it. Without `admin.socket`, a hub whose default socket can't be made goes without:
  /// federation does not depend on it (`listener_change::management_error`).
  outcome prepare_first(const conf::config& config, inherited_sockets& inherited);

  /// Prepares the change to another configuration. Each address that was passed at the start is
  /// taken from there, else bound.
  /// @returns the change, which may be empty; or all addresses that the hub can't have.
  outcome prepare(const conf::config& config, mode how = mode::listen);

  /// Notes that a change of `prepare` is in force.
  /// @pre no other change was put in force since it was prepared.
  void commit(listener_change& change);

  /// Closes all copies, so that a socket is closed as soon as its owner closes it. Nothing can be
  /// prepared any more.
  void close();

private:
  struct management_socket {
    std::string path;
    std::string group;
    bool open = false;
    bool passed = false;
  };

  outcome prepare(const conf::config& config, mode how, inherited_sockets& inherited);
  std::vector<conf::open_address> addresses() const;
  bool is_leaving(const conf::ip_endpoint& at);
  /// Allows sockets with overlapping addresses beside these, or not any more.
  void share(const std::vector<conf::listener_plan::opening>& plans, bool on) const;
  void end_listeners(const conf::listener_plan& plan, listener_change& change) const;
  std::optional<listener_fault> prepare_management(const conf::config& config,
                                                   inherited_sockets& inherited,
                                                   listener_change& change) const;

  std::mutex mutex_; // guards all of these
  bool closed_ = false;
  uint64_t last_id_ = 0;
  std::vector<open_socket> open_;
  std::vector<open_socket> parked_; ///< passed sockets that are not in use.
  /// Addresses that were given up, and may still be bound for `farewell`; since when.
  std::vector<std::pair<conf::ip_endpoint, std::chrono::steady_clock::time_point>> leaving_;
  management_socket management_;
  /// A socket that was passed for the API, whether or not it is in use; and its path.
  std::optional<std::pair<std::string, unique_fd>> passed_management_;
};

} // namespace fedhub
