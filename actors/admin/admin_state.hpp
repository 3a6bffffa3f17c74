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
#include "actors/admin/last_descriptions.hpp"
#include "actors/admin/notification_board.hpp"
#include "actors/admin/spawn_admin.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/admin.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

/// Answers questions about the hub. Lists come from its table. The details of a page's rows come
/// from the actors themselves, which are asked for each page, so that they have nothing to report
/// while nobody asks. An actor that does not answer within `row_time` leaves its row as it was last
/// time.
class admin_state {
public:
  static inline const char* name = "fedhub.admin";

  /// @param self outlives this state.
  explicit admin_state(admin_actor::pointer self);

  /// Must be called once, before any other function.
  void start(hub_ptr hub, admin_seed seed);

  void on_stream(const stream_news& news);
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
  promise answer(const series_question& question);
  promise acknowledge(uint64_t id, const std::string& by);

  /// Returns a promise with this answer.
  promise deliver(admin_answer answer);
  promise refuse(unsigned status, std::string detail);
  /// An answer for which other actors are asked. It is sent when the last of them has answered, or
  /// has not within `row_time`.
  class gathering;
  using gathering_ptr = std::shared_ptr<gathering>;
  /// Begins one. @param finish is called once, after the end of the caller's turn at the earliest.
  gathering_ptr gather(std::function<void()> finish);
  /// Has the streams' actors fill in the details of these rows, which live as long as `into`.
  void ask_streams(const gathering_ptr& into, std::vector<admin::stream_row>& rows);
  /// Has the domain's actor describe itself, if it has one. @param take is called with the answer.
  void ask_domain(const gathering_ptr& into, const domain_name& domain, description depth,
                  std::function<void(const domain_news&)> take);
  promise make_reply() { return self_->make_response_promise<promise>(); }
  /// Notes the numbers for graphs.
  void record_series(const federation_table::clocks& at);
  std::vector<admin::node_row> node_rows() const;
  void ask_queues(const gathering_ptr& into, const conf::node_config& node, admin::node_row& row);
  std::vector<admin::hub_status::certificate> certificates() const;
  federation_table::clocks clocks() const;
  std::chrono::steady_clock::time_point now() const;

  admin_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  admin_seed seed_;
  federation_table table_;
  last_descriptions described_;
  hub_conditions conditions_;
  notification_board notifications_;
  admin::series_recorder recorder_;
  gauge_share share_;
};

} // namespace fedhub
