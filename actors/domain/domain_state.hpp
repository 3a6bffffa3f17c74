// The state of a domain actor.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/system_messages.hpp>

#include "actors/dial/connector.hpp"
#include "actors/domain/attempt_log.hpp"
#include "actors/domain/dial_attempt.hpp"
#include "actors/domain/domain_use.hpp"
#include "actors/domain/external_trials.hpp"
#include "actors/domain/former_stream.hpp"
#include "actors/domain/guest_host.hpp"
#include "actors/domain/key_questions.hpp"
#include "actors/domain/name_in_use.hpp"
#include "actors/domain/outgoing_link.hpp"
#include "actors/domain/retry_plan.hpp"
#include "actors/domain/route_progress.hpp"
#include "actors/domain/sender_lanes.hpp"
#include "actors/domain/sought_node.hpp"
#include "actors/domain/spawn_domain.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/rules/routing_table.hpp"
#include "metrics/gauge_share.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Federates with one domain: resolves, connects, has sender domains authorised, queues meanwhile,
/// retries with back-off, and bounces stanzas that can't be delivered. At most one stream of the
/// hub's own carries all sender domains.
///
/// The members are values with rules of their own that know no actor. Only this class sends
/// messages.
class domain_state {
public:
  static inline const char* name = "fedhub.domain";

  /// @param self outlives this state.
  explicit domain_state(domain_actor::pointer self) : self_(self) {}
  domain_state(const domain_state&) = delete;
  domain_state& operator=(const domain_state&) = delete;
  ~domain_state();

  /// Must be called once, before any other function.
  void start(hub_ptr hub, const domain_name& target, routing_table_ptr table);

  void on_deliver(const stanza_batch_ptr& batch);
  void on_question(const verification_ptr& question, const verifier_actor& asker);
  void on_guest(const std::string& host, const verification_ptr& question,
                const verifier_actor& asker);
  void on_reverse(const connection_actor& link, const domain_pair& pair);
  void on_table(routing_table_ptr table);
  void on_retire();
  void on_drain();
  void on_stop();
  void on_actor_down(const caf::down_msg& message);
  void on_actor_exit(const caf::exit_msg& message);
  void on_tick();
  void on_retry();
  domain_news_ptr on_describe(description depth) const;

  void on_step(const connection_actor& link, admin::attempt_step step);
  void on_link_up(const connection_actor& link, questions_taken questions);
  void on_pair(const connection_actor& link, const pair_outcome& outcome);
  void on_answer(const verification_ptr& answer);
  void on_link_down(const connection_actor& link, const link_end& end);
  void on_settled(const connection_actor& link, uint32_t arrived);
  void on_keep(const connection_actor& link, const kept_stream& kept);
  void on_returned(stanza_batch& batch);
  void on_drained(const connection_actor& link);

private:
  using lane_entry = sender_lanes::entry;

  // ---- stanzas (domain.cpp) -------------------------------------------------------------------

  /// Returns the stream that takes this lane's stanzas now; null if they wait or are refused.
  connection_actor way_of(const lane& lane) const;
  connection_actor only_way_of(const std::vector<stanza>& stanzas) const;
  void distribute(std::vector<stanza>& stanzas, time_point t);
  void note_full(const domain_name& sender, failure why);
  void send_queue(const connection_actor& to, lane& lane);
  lane_entry& lane_of(const domain_name& sender);
  lane_patience patience() const;
  void note_busy(lane_entry& entry) { lanes_->note_busy(entry, patience()); }
  /// Puts stanzas back at the front of their lanes.
  void requeue(std::vector<stanza> stanzas);
  void reject_all(lane& lane, failure why, const std::string& detail);
  void reject_lanes(failure why, const std::string& detail);
  /// Answers the lane's stanzas that may not wait in this stage of the hub's stop. While it drains,
  /// the hub's own answers may.
  void reject_waiting(lane& lane);
  bool stopping() const { return stage_ == stop_stage::stopping; }

  // ---- questions (domain_questions.cpp) -------------------------------------------------------

  void take_question(const verification_ptr& question, const verifier_actor& asker);
  void answer(const key_question& question, failure why, const std::string& detail);
  void answer_questions(failure why, const std::string& detail);
  void expire_questions(time_point t);
  void hold_answer(const verification_ptr& answer);

  // ---- the need for a stream (domain_wants.cpp) -----------------------------------------------

  /// Dials, or asks the peer, if there is a reason. Call it when more may have changed than one
  /// batch's lanes.
  void kick();
  void dial_if_wanted();
  bool wanted() const;
  bool unused() const;
  domain_name first_sender() const;
  /// Returns the party that DNS questions are counted for: of all parties that wait, the one with
  /// the highest rank.
  dns_asker asker() const;
  void ask_peer();
  void ask_peer_for(lane_entry& entry, time_point t);
  void ask_pair(lane_entry& entry, time_point t);
  /// Closes a stream that is only needed for verification, once all answers are there.
  void finish_dialback_only();

  // ---- the attempt (domain_dial.cpp) ----------------------------------------------------------

  void dial();
  template <class... What>
  void resolve(const What&... what);
  /// Asks DNS again for a node if it is being asked for another party and a node's stanza has come
  /// meanwhile.
  void hurry();
  /// Ends an attempt for which DNS had no room, since its party has too many searches in progress.
  /// This says nothing about the domain, so it does not delay the next attempt.
  void no_room(const resolution& found);
  service_kinds services() const;
  void resolved(const resolution_ptr& found);
  void connect(const resolution_ptr& to);
  void connected_to(connected& connected);
  bool try_next_address();
  /// Continues the attempt at the host that the peer named instead of itself (RFC 6120 §4.9.3.19).
  /// @returns false if `text` is empty or the redirect is not followed; `cause` then says why.
  bool follow_redirect(std::string text);
  void attempt_failed(failure why, const std::string& detail);
  /// Ends the attempt; no stream is left.
  void end_attempt();
  /// Delays the next attempt by the back-off.
  void put_off();
  void end_connector();

  // ---- the hub's own stream (domain_link.cpp) -------------------------------------------------

  void learn_of_external(const link_end& end);
  /// Returns whether the attempt goes on at another address for a pair that this server has
  /// refused.
  bool tries_next_address_after(failure why) const;
  /// Handles the end of a stream that has returned all stanzas, unless a redirect or another form
  /// of the name continues the attempt.
  void judge_end(link_verdict verdict);
  void close_link(failure why);

  // ---- a former stream (domain_former.cpp) ----------------------------------------------------

  /// Queues the former stream's remaining stanzas to be sent again, even if some may have arrived.
  void give_up_former();
  /// Gives up the former stream if the rules in force deny one of its senders. The denied stanzas
  /// are answered.
  /// @returns why, or `none`.
  failure judge_former();
  void expire_former(time_point t, reply_batch& replies);

  // ---- streams that the domain opened (domain_reverse.cpp) ------------------------------------

  reverse_link* find_reverse(const connection_actor& link);
  void reverse_up(const connection_actor& link);
  void reverse_down(const connection_actor& link);
  /// Lets a lane without a stream use a stream that the domain opened, if one takes its stanzas.
  void use_reverse(const domain_name& sender, lane& lane);
  void use_reverse_where_possible();

  // ---- questions on streams shared with other domains (domain_host.cpp) -----------------------

  std::string sharable_host(const resolution& found) const;
  void share(const std::string& host, const resolution_ptr& found);
  /// Logs that `count` questions are asked on a stream of this domain from now on.
  void log_taken_back(size_t count, std::string_view why);
  question_stream stream_for(const key_question& question) const;
  std::string note_host(const connected& connected, stream_security security);
  void offer_host(questions_taken questions);
  void leave_host(bool refuses);
  bool lasts_for_guests() const;
  time_point next_of_hosts(time_point t) const;

  // ---- forms of the domain's name (domain_forms.cpp) ------------------------------------------

  const domain_name& target() const { return name_.target(); }
  /// Returns the verdict on the name's two forms; `own` for nearly all names. Only stanzas can go
  /// to the other form: a key is proved by the server of the very name that it is for.
  form_verdict verdict() const;
  void find_form();
  /// Returns whether only the name's other form has a server. Then the stanzas go to the actor of
  /// that form.
  bool is_other_form() const;
  void hand_over(std::vector<stanza> stanzas);
  void hand_over_all();
  /// Returns whether the domain's servers may be addressed by the other form: DNS and the trust
  /// rules treat both alike.
  bool may_use_other_form() const;
  /// Call when a server does not know the domain by the form in use. @returns the form to try next;
  /// nothing if no form is left or no stream is needed.
  std::optional<name_forms::server_form> other_form() const;
  bool try_next_form();
  void choose_form();
  /// Addresses stanzas to the form of the name that the server was addressed by.
  void address_by_form_in_use(std::vector<stanza>& stanzas) const;

  // ---- a node that can't be reached (domain_absence.cpp) --------------------------------------

  bool to_node() const { return leg_ == stream_leg::node_s2s_out; }
  /// Handles a failed attempt. Stanzas wait for `timeouts.node` from the first failed attempt.
  void node_missed();
  /// Answers the waiting stanzas once that time is over. Call it whenever the time may be over.
  void end_wait();
  /// Notes that the node has answered about a domain pair, so it is here.
  void node_found();
  /// Returns whether attempts go on although no stanza waits.
  bool seeks_node() const;
  /// On a new stream: asks the node to authorise the last sender that missed it.
  void ask_node(time_point t);
  /// Applies a new configuration to the search for the node. @param moved the node has another
  /// address now.
  void judge_node(bool moved);

  // ---- new rules (domain_rules.cpp) -----------------------------------------------------------

  /// Ends the stream, since changed rules deny some or all of its stanzas.
  void take_back(taken_back what, failure why);
  /// Restarts an attempt that has no stream yet, since the rules have changed.
  void abandon_attempt();

  // ---- reports to the admin actor (domain_report.cpp) -----------------------------------------

  domain_news::phase phase_shown() const;
  /// Returns whether the last attempt failed.
  bool attempts_fail() const;
  /// Has the history keep the last attempt if it has ended. Strangers' keys cause no events.
  void record_end(bool ended) const;
  /// Reports the way to the domain. Call when its phase or the last attempt's outcome has changed.
  void report() const;
  /// Reports why the last attempt to reach the node has failed, if it has.
  void report_missed_node() const;

  // ---- time and log (domain_time.cpp) ---------------------------------------------------------

  time_point now() const;
  void schedule();
  time_point next_deadline(time_point t) const;
  void expire();
  void expire_key(lane_entry& entry, time_point t, std::chrono::seconds patience,
                  reply_batch& replies);
  time_point needed_until() const { return use_.needed_until(retry_.at()); }
  void retire_if_unused();
  void enter(route_phase phase);
  /// Returns the origin of log lines. Until a node has sent a stanza, only strangers' keys cause
  /// this actor's work.
  log_origin origin() const;
  peer_log route_log(log_module to, std::string_view kind) const { return {to, kind, origin()}; }
  std::string_view route_name() const {
    return leg_ == stream_leg::s2s_out ? "route" : "node route";
  }
  explained cause() const { return {retry_.why(), retry_.detail()}; }

  domain_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  routing_table_ptr table_;
  name_in_use name_;
  given_targets_ptr given_; ///< static route or node addresses; null: DNS is asked.
  std::optional<sender_lanes> lanes_;
  std::list<reverse_link> reverse_; ///< lanes point into it.
  key_questions questions_;
  guest_host host_;
  std::unique_ptr<former_stream> former_;
  route_progress route_;
  connection_actor link_;
  std::unique_ptr<outgoing_link> outgoing_; ///< for `link_`; null if that is null.
  /// The current attempt; null if there is none, or its stream carries stanzas.
  std::unique_ptr<dial_attempt> attempt_;
  caf::actor_addr connector_; ///< of the attempt.
  std::optional<attempt_log> attempts_;
  external_trials external_;
  retry_plan retry_;
  sought_node node_; ///< of an s2s node.
  domain_use use_;
  time_point next_tick_ = time_point::max();
  struct {
    gauge_share actors;
    gauge_share domains;
  } shares_;
  stream_leg leg_ = stream_leg::s2s_out;
  stop_stage stage_ = stop_stage::running;
  bool retiring_ = false; ///< the directory was asked to let this actor end.
};

} // namespace fedhub
