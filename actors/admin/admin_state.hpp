// The state of the admin actor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/admin/federation_table.hpp"
#include "actors/admin/hub_conditions.hpp"
#include "actors/admin/notification_board.hpp"
#include "actors/admin/spawn_admin.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/admin.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

/// Answers questions about the hub. Lists come from its table. The details of a page's rows come
/// from the actors themselves, which are asked for each page, so that they have nothing to report
/// while nobody asks.
class admin_state {
public:
  static inline const char* name = "fedhub.admin";

  /// @param self outlives this state.
  explicit admin_state(admin_actor::pointer self) : self_(self) {}

  /// Must be called once, before any other function.
  void start(hub_ptr hub, admin_seed seed);

  void on_stream(const stream_news& news) { table_.on_stream(news, now()); }
  void on_domain(const domain_news_ptr& news) { table_.on_domain(news, now()); }

  using promise = caf::typed_response_promise<admin_answer_ptr>;
  promise on_question(const admin_question& question);
  promise on_order(const admin_order& order);
  void on_tick();

private:
  /// The time between two looks for conditions that need a person.
  static constexpr std::chrono::seconds look_interval{5};

  promise answer(const status_question& question);
  promise answer(const domains_question& question);
  promise answer(const domain_question& question);
  promise answer(const streams_question& question);
  promise answer(const stream_question& question);
  promise answer(const nodes_question& question);
  promise answer(const notifications_question& question);
  promise acknowledge(uint64_t id, const std::string& by);

  /// Returns a promise with this answer.
  promise deliver(admin_answer answer);
  promise refuse(unsigned status, std::string detail);
  using described_streams = std::function<void(std::vector<admin::stream_row>)>;
  /// Asks these streams' actors for their details, then calls `finish`. Rows of actors that have
  /// ended or are too slow stay as they are.
  void describe_streams(std::vector<admin::stream_row> rows, described_streams finish);
  promise make_reply() { return self_->make_response_promise<promise>(); }
  std::vector<admin::node_row> node_rows() const;
  void describe_links(admin::node_row& row, const std::vector<uint64_t>& links) const;
  std::vector<admin::hub_status::certificate> certificates() const;
  federation_table::clocks clocks() const;
  std::chrono::steady_clock::time_point now() const;

  admin_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  admin_seed seed_;
  federation_table table_;
  hub_conditions conditions_;
  notification_board notifications_;
  gauge_share share_;
};

} // namespace fedhub
