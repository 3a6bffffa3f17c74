// The streams and remote domains that the hub has now, as their actors report them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/interfaces/admin.hpp"
#include "actors/rules/routing_table.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Holds one row for each stream and each remote domain.
///
/// Rows of streams are bounded by the connections that the hub has. A domain has a row while it has
/// a usable stream or an actor. `most_ended` further rows stay for `ended_time`, so that an
/// operator sees what has failed; the oldest goes first. A domain that only strangers have named
/// does not stay.
///
/// A value; time is a parameter. Belongs to one actor.
class federation_table {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr size_t most_ended = 10000;
  static constexpr std::chrono::hours ended_time{24};

  /// Converts times of the hub's clock to the time of day.
  struct clocks {
    time_point now;
    admin::clock_time wall;

    admin::clock_time wall_of(time_point at) const {
      return wall - std::chrono::duration_cast<admin::clock_time::duration>(now - at);
    }
  };

  /// @name Events.
  /// @{
  void on_stream(const stream_news& news, time_point now);
  void on_domain(const domain_news_ptr& news, time_point now);
  /// Judges all domains by this table, unless it is the one that judged them last.
  void on_rules(const routing_table_ptr& table, time_point now);
  /// @}

  /// Returns a page of streams, without their details, in the order in which they were opened.
  admin::page<admin::stream_row> streams(const streams_question& question, const clocks& at) const;
  /// Returns the stream's row without its details; nothing if there is no such stream.
  std::optional<admin::stream_row> stream(uint64_t id, const clocks& at) const;
  /// Returns a page of domains.
  admin::page<admin::domain_row> domains(const domains_question& question, const clocks& at) const;
  /// Fills in what the domain's actor says now.
  static void describe(admin::domain_row& row, const domain_news& news, const clocks& at);
  /// Returns the domain's row; nothing if it has none.
  std::optional<admin::domain_row> domain(const domain_name& name, const clocks& at) const;
  /// Returns domains that have been failing since this time or longer, `most` at most.
  /// @param picks is given the name, and the time of the last success; the epoch: never.
  std::vector<admin::domain_row>
  failing_since(time_point since, size_t most,
                const std::function<bool(const domain_name&, time_point)>& picks,
                const clocks& at) const;
  /// Returns the streams that have proved this remote domain or dial it, oldest first.
  std::vector<uint64_t> streams_of(const domain_name& peer) const;
  /// Returns the same for each of these rows, the oldest `most_streams` of each.
  std::vector<std::vector<uint64_t>>
  streams_of_each(const std::vector<admin::domain_row>& domains) const;
  /// Returns whether the stream's traffic is the domain's: it has proved the domain first.
  bool counts_for(uint64_t stream, const domain_name& domain) const;
  /// Returns the authenticated links of a node, oldest first: of a component by its name, of a
  /// server by a domain for which `serves` returns true.
  std::vector<admin::node_row::link> links_of(const std::string& node,
                                              const std::function<bool(const domain_name&)>& serves,
                                              const clocks& at) const;

  /// Returns why the last stream of a node was refused, or why the hub can't reach the node; empty
  /// if nothing is known. @param serves as for `links_of`.
  std::string last_error_of(const std::string& node,
                            const std::function<bool(const domain_name&)>& serves) const;

  /// Returns how many domains have each state.
  std::array<uint64_t, admin::domain_state_count> domain_counts() const;
  /// Returns how many streams have each leg and state.
  std::map<std::pair<std::string_view, std::string_view>, uint64_t> stream_counts() const;

private:
  /// The peers of a stream after its first.
  using further_peers = std::vector<domain_name>;

  struct stream_entry {
    domain_name peer; ///< the first domain that it proved, or that the hub dials; empty: none.
    time_point opened;
    std::unique_ptr<further_peers> further; ///< null for nearly all.
    stream_leg leg = stream_leg::s2s_in;
    stream_state state = stream_state::negotiating;
    bool counted = false; ///< `peer` is proved, and counted in its domain's row.
  };
  struct domain_entry {
    uint32_t streams_in = 0;
    uint32_t streams_out = 0;
    admin::domain_state state = admin::domain_state::idle;
    failure refused = failure::none; ///< why the rules in force deny it.
    time_point since{};              ///< of `state`.
    time_point last_success{};       ///< the epoch: none.
    time_point failing_since{};      ///< the epoch: the last attempt did not fail.
    /// The last news; null: the domain has had no actor. May be another domain's that says the
    /// same.
    domain_news_ptr news;
    std::unique_ptr<const std::string> detail; ///< of an actor that has ended; null: see `news`.
    /// Of the streams that have ended; null: none has.
    std::unique_ptr<admin::traffic_row> traffic;
    uint64_t ended = 0; ///< its key in `ended_`; 0: it has not ended.
  };
  using domain_map_entry = std::pair<const domain_name, domain_entry>;

  static bool of_domain(stream_leg leg) {
    return leg == stream_leg::s2s_in || leg == stream_leg::s2s_out;
  }
  void add_peer(stream_entry& stream, const domain_name& peer, time_point now);
  void end_stream(const stream_news& news, time_point now);
  static void add_traffic(domain_entry& domain, const admin::traffic_row& more);
  void leave(const domain_name& peer, stream_leg leg, time_point now);
  domain_map_entry& entry_of(const domain_name& name, time_point now);
  void judge(domain_entry& domain, time_point now);
  void judge_end(domain_map_entry& row, time_point now);
  void take_news(domain_entry& domain, const domain_news_ptr& news);
  domain_news_ptr shared(const domain_news_ptr& news);
  void forget_ended(time_point now);
  static admin::domain_state state_of(const domain_entry& domain);
  std::string peer_of(uint64_t id, const stream_entry& stream) const;
  admin::stream_row row_of(uint64_t id, const stream_entry& stream, const clocks& at) const;
  static admin::domain_row row_of(const domain_map_entry& domain, const clocks& at);

  std::unordered_map<uint64_t, stream_entry> streams_;
  /// What only nodes' links have.
  struct node_link {
    std::string node; ///< empty: not a component's, or not proved yet.
    std::string address;
  };
  std::unordered_map<uint64_t, node_link> node_links_;
  /// The last failure of streams that claim a local domain or a node. The peers choose the claims,
  /// so there are at most `most_node_errors`; the oldest goes first.
  struct node_error {
    std::string text;
    time_point at;
    domain_name domain; ///< that was claimed; empty: the claim is a node's name, or no domain.
  };
  static constexpr size_t most_node_errors = 256;
  void note_node_error(const std::string& claim, std::string text, time_point now);
  std::map<std::string, node_error> node_errors_;
  std::unordered_map<domain_name, domain_entry> domains_;
  struct ended_domain {
    const domain_map_entry* row; ///< in `domains_`.
    time_point at;
  };
  std::map<uint64_t, ended_domain> ended_; ///< oldest first.
  uint64_t next_place_ = 1;
  /// The news that came last of each phase. Domains of which the same is known share it, since
  /// nearly all are idle or ready, or fail for few reasons.
  std::array<domain_news_ptr, domain_news::phase_count> last_news_;
  routing_table_ptr rules_; ///< the table that judged `refused`; null: none has.
};

} // namespace fedhub
