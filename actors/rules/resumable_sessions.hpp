// Streams that peers opened and that they may resume on another connection: XEP-0198 §5.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/interfaces/connection.hpp"
#include "actors/net/address_group.hpp"
#include "actors/stanzas/stanza.hpp"
#include "protocol/negotiation/stream_management.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The sessions of incoming streams, by identifier: of those that are up, which connection has it;
/// of those that have ended, how much was handled. Holds no stanzas.
///
/// An identifier is no proof of who asks: a session is told of only to streams that speak for the
/// same domain pair.
///
/// Peers share the room for sessions that have ended. When it is used up, the address that has most
/// of them loses one: of its sender domain that has most, the oldest. So who cuts streams by the
/// thousand drives out only what is his, and one domain none of another's at the same address.
///
/// Thread safety: all of it, by a mutex.
class resumable_sessions {
public:
  /// How long a session is kept once its stream has ended.
  static constexpr std::chrono::seconds lifetime{120};
  /// One takes some 500 octets.
  static constexpr size_t default_capacity = 8192;

  /// @param capacity sessions of streams that have ended. Those of streams that are up are as many
  /// as these.
  explicit resumable_sessions(size_t capacity = default_capacity) : capacity_(capacity) {}

  /// A stream is up that can be resumed. @param stream a number that no other connection has, not
  /// 0.
  /// @param holder that connection. @param pair what the stream was opened for, and is proved.
  /// @param from where the peer is.
  void open(std::string_view id, uint64_t stream, domain_pair pair, const address_group& from,
            connection_actor holder);

  /// What is known of a session whose stream has ended.
  struct remains {
    management_session session;
    bool resumable = false; ///< `false`: the peer can only be told how much was handled.
  };

  /// The stream takes no more. @param left nothing: there is nothing to go on with.
  /// @returns the connections that wait for this, to be told `settled_atom`. None if the session
  /// is not, or no longer, this stream's.
  std::vector<connection_actor> close(std::string_view id, uint64_t stream,
                                      std::optional<remains> left, time_point now);

  enum class verdict : uint8_t {
    unknown,
    in_use,    ///< by `holder`, which has to end first; whoever asks is told by `close`.
    count,     ///< it is too late; of `session` only `handled` is of use.
    resumable, ///< it is the asker's now.
  };
  struct answer {
    verdict is = verdict::unknown;
    management_session session = {};
    connection_actor holder = {};
  };

  /// A peer wants to go on with a session; one that has ended is forgotten here by that.
  /// @param speaks_for whether the asker's stream is proved to speak for this pair. Must not call
  /// back.
  answer claim(std::string_view id, const connection_actor& asker,
               const std::function<bool(const domain_pair&)>& speaks_for, time_point now);

  /// The rules have changed: forgets the sessions of streams that have ended, and of whose pair
  /// `admitted` is not true any more. Those of streams that are up end with these.
  /// @param admitted must not call back.
  void purge(const std::function<bool(const domain_pair&)>& admitted);

  size_t size() const;

private:
  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };

  struct sender;
  /// Holders of sessions that have ended, from who holds fewest to who holds most; among equals the
  /// one whose last turn was longest ago comes last, so that all have their turn.
  template <class Key>
  using ranking = std::map<std::pair<size_t, uint64_t>, Key>;

  /// The sessions of one sender domain at one address.
  struct sender {
    std::list<std::string_view> ended; ///< the oldest first.
    uint64_t rank = 0;                 ///< with the number of sessions, its place in a ranking.
  };
  struct address {
    size_t sessions = 0;
    uint64_t rank = 0;
    std::map<domain_name, sender> senders;
    ranking<const domain_name*> most;
  };

  struct entry {
    domain_pair pair;
    address_group from;
    uint64_t stream = 0;                   ///< 0 once it has ended.
    connection_actor holder;               ///< null from then on.
    std::vector<connection_actor> waiting; ///< until then.
    remains left;                          ///< known then.
    time_point until{};
    std::list<std::string_view>::iterator place{}; ///< in `ended_`.
    std::list<std::string_view>::iterator among{}; ///< in its sender's.
  };
  using entries = std::unordered_map<std::string, entry, text_hash, std::equal_to<>>;

  void add_ended(const std::string& id, entry& x);
  void remove_ended(entry& x);
  void drop(std::string_view id);
  /// The session that has to go where there are too many. @pre there is one.
  std::string_view most_dispensable() const;

  const size_t capacity_;
  mutable std::mutex mutex_;
  entries entries_;
  std::list<std::string_view> ended_; ///< keys in `entries_`, those that ended first in front.
  std::map<address_group, address> addresses_; ///< of those in `ended_`.
  ranking<address_group> most_;
  uint64_t turns_ = 0;
};

} // namespace fedhub
