// The state of a domain actor.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/system_messages.hpp>

#include "actors/dial/connector.hpp"
#include "actors/domain/dial_attempt.hpp"
#include "actors/domain/domain_use.hpp"
#include "actors/domain/external_trials.hpp"
#include "actors/domain/former_stream.hpp"
#include "actors/domain/guest_host.hpp"
#include "actors/domain/key_questions.hpp"
#include "actors/domain/outgoing_link.hpp"
#include "actors/domain/retry_plan.hpp"
#include "actors/domain/route_progress.hpp"
#include "actors/domain/sender_lanes.hpp"
#include "actors/domain/sought_node.hpp"
#include "actors/domain/spawn_domain.hpp"
#include "actors/domain/spoken_name.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/reply.hpp"
#include "actors/log/peer_log.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

/// Speaks with one domain: resolves, connects, has sender domains authorised, queues meanwhile,
/// retries with back-off, bounces what can't be delivered. One stream at a time carries all sender
/// domains.
///
/// The members are values that know their own rules and no actor; the messages are sent here.
class domain_state {
public:
  static inline const char* name = "fedhub.domain";

  /// @param self outlives this state.
  explicit domain_state(domain_actor::pointer self) : self_(self) {}

  /// To be called once, before anything else.
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
  void on_actor_down(const caf::down_msg& x);
  void on_actor_exit(const caf::exit_msg& x);
  void on_tick();

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

  /// The stream that takes this lane's stanzas now; null: they wait, or are refused.
  connection_actor way_of(const lane& lane) const;
  connection_actor only_way_of(const std::vector<stanza>& stanzas) const;
  void distribute(std::vector<stanza>& stanzas, time_point t);
  void note_full(const domain_name& sender, failure why);
  void send_queue(const connection_actor& to, lane& lane);
  lane_entry& lane_of(const domain_name& sender);
  lane_patience patience() const;
  void note_busy(lane_entry& entry) { lanes_->note_busy(entry, patience()); }
  /// Puts stanzas back into the lanes, before all that is there.
  void requeue(std::vector<stanza> stanzas);
  void reject_all(lane& lane, failure why, const std::string& detail);
  void reject_lanes(failure why, const std::string& detail);
  /// While the hub stops: what can only wait for a stream is answered, the hub's own answers wait.
  void reject_waiting(lane& lane);
  bool stopping() const { return stage_ == stop_stage::stopping; }

  // ---- questions (domain_questions.cpp) -------------------------------------------------------

  void take_question(const verification_ptr& question, const verifier_actor& asker);
  void answer(const key_question& question, failure why, const std::string& detail);
  void answer_questions(failure why, const std::string& detail);
  void expire_questions(time_point t);
  void hold_answer(const verification_ptr& answer);

  // ---- what is wanted of a stream (domain_wants.cpp) ------------------------------------------

  /// Does what there is to do: dials, or asks the peer. To be called when more than what a batch
  /// brings may have changed.
  void kick();
  void dial_if_wanted();
  bool wanted() const;
  bool unused() const;
  domain_name first_sender() const;
  /// For whom DNS is asked: the first in line of those who wait for an answer.
  dns_asker asker() const;
  void ask_peer();
  void ask_peer_for(lane_entry& entry, time_point t);
  void ask_pair(lane_entry& entry, time_point t);
  /// Closes a stream that nobody needs but for verification, once the answers are there.
  void finish_dialback_only();

  // ---- the attempt (domain_dial.cpp) ----------------------------------------------------------

  void dial();
  template <class... What>
  void resolve(const What&... what);
  /// If DNS is asked for strangers and a node's stanza came meanwhile, asks for the node.
  void hurry();
  /// DNS was not asked, for strangers have too many searches under way: nothing is known of this
  /// domain by that, so the next one who asks is not held up by it.
  void no_room(const resolution& found);
  service_kinds services() const;
  void resolved(const resolution_ptr& found);
  void connect(const resolution_ptr& to);
  void connected_to(connected& x);
  bool try_next_address();
  /// Goes on to the host that the peer named instead of itself (RFC 6120 §4.9.3.19).
  /// @returns false if there is none, or if it is not followed: the cause then says why.
  bool follow_redirect(std::string text);
  void attempt_failed(failure why, const std::string& detail);
  /// There is no stream and no attempt under way.
  void end_attempt();
  /// The next attempt begins after the back-off.
  void put_off();
  void end_connector();

  // ---- the hub's own stream (domain_link.cpp) -------------------------------------------------

  void learn_of_external(const link_end& end);
  /// Tells whether the attempt has another address for a pair that this one has refused.
  bool goes_on_after(failure why) const;
  /// The stream has given back all, and the attempt goes on in no other way.
  void judge_end(link_verdict verdict);
  void close_link(failure why);

  // ---- a former stream (domain_former.cpp) ----------------------------------------------------

  /// Has what is left of the former stream sent again, whether it has arrived or not.
  void give_up_former();
  /// Does so if the rules in force let something of it pass no more: what waits of that is
  /// answered.
  /// @returns why, or `none`.
  failure judge_former();
  void expire_former(time_point t, reply_batch& replies);

  // ---- streams of the domain's (domain_reverse.cpp) -------------------------------------------

  reverse_link* find_reverse(const connection_actor& link);
  void reverse_up(const connection_actor& link);
  void reverse_gone(const connection_actor& link);
  /// Lets a lane that has no way use a stream of the domain's, if one takes its stanzas.
  void use_reverse(const domain_name& sender, lane& lane);
  void use_reverse_where_possible();

  // ---- questions over the streams of others, and of others over this one's (domain_host.cpp) --

  std::string sharable_host(const resolution& found) const;
  void share(const std::string& host, const resolution_ptr& found);
  /// So many questions are asked over a stream of this domain's from now on.
  void log_taken_back(size_t count, std::string_view why);
  question_stream stream_for(const key_question& question) const;
  std::string note_host(const connected& x, stream_security security);
  void offer_host(questions_taken questions);
  void leave_host(bool refuses);
  bool lasts_for_guests() const;
  time_point next_of_hosts(time_point t) const;

  // ---- forms of the domain's name (domain_forms.cpp) ------------------------------------------

  const domain_name& target() const { return name_.target(); }
  /// Of the name's forms; `own` for all names but few. Only stanzas can go by the other form: a key
  /// is proved by the server of the name that it is for.
  form_verdict verdict() const;
  void find_form();
  /// The name has no server, and its other form may have: that one's actor takes the stanzas.
  bool is_other_form() const;
  void hand_over(std::vector<stanza> stanzas);
  void hand_over_all();
  /// The domain's servers may be told the other form: by DNS and by the rules it is the same.
  bool may_be_told_other_form() const;
  /// A server does not know the domain by the name that it was told. @returns what to tell another
  /// one; nothing: there is no other form, or nothing to tell.
  std::optional<name_forms::told> other_form() const;
  bool speak_otherwise();
  void speak_as_remembered();
  /// Has stanzas go to the name that the server was told.
  void name_as_spoken(std::vector<stanza>& stanzas) const;

  // ---- a node that can't be reached (domain_absence.cpp) --------------------------------------

  bool to_node() const { return leg_ == stream_leg::node_s2s_out; }
  /// An attempt has failed. Stanzas wait on for `timeouts.node` from the first one.
  void node_missed();
  /// Answers what waits once that time is over. To be called whenever it may be.
  void end_wait();
  /// It has answered for a domain pair: all is as usual.
  void node_found();
  /// Attempts go on though no stanza waits.
  bool seeks_node() const;
  /// On a new stream: has the last sender that missed the node authorised.
  void ask_node(time_point t);
  /// The configuration is new. @param moved the node is to be reached elsewhere.
  void judge_node(bool moved);

  // ---- new rules (domain_rules.cpp) -----------------------------------------------------------

  /// The rules have changed: ends the stream over which some or all must not go any more.
  void take_back(taken_back what, failure why);
  /// The rules have changed: an attempt that has no stream yet begins anew.
  void abandon_attempt();

  // ---- time and log (domain_time.cpp) ---------------------------------------------------------

  time_point now() const;
  void schedule();
  time_point next_deadline(time_point t) const;
  void expire();
  void expire_key(lane_entry& entry, time_point t, std::chrono::seconds patience,
                  reply_batch& replies);
  time_point needed_until() const { return use_.needed_until(retry_.at()); }
  void retire_if_unused();
  void enter(route_phase x);
  /// Until a node has sent something, only strangers' keys make this actor do anything.
  log_origin origin() const;
  peer_log route_log(log_module to, std::string_view kind) const { return {to, kind, origin()}; }
  std::string_view route_name() const {
    return leg_ == stream_leg::s2s_out ? "route" : "node route";
  }
  explained cause() const { return {retry_.why(), retry_.detail()}; }

  domain_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  routing_table_ptr table_;
  spoken_name name_;
  given_targets_ptr given_; ///< static route or node addresses; null: DNS is asked.
  std::optional<sender_lanes> lanes_;
  std::list<reverse_link> reverse_; ///< lanes point into it.
  key_questions questions_;
  guest_host host_;
  std::unique_ptr<former_stream> former_;
  route_progress route_;
  connection_actor link_;
  std::unique_ptr<outgoing_link> outgoing_; ///< of `link_`; null if that is.
  /// The one under way; null: there is none, or its stream carries stanzas.
  std::unique_ptr<dial_attempt> attempt_;
  caf::actor_addr connector_; ///< of the attempt.
  external_trials external_;
  retry_plan retry_;
  sought_node node_; ///< of an s2s node.
  domain_use use_;
  time_point next_tick_ = time_point::max();
  gauge_share actor_share_;
  gauge_share domain_share_;
  stream_leg leg_ = stream_leg::s2s_out;
  stop_stage stage_ = stop_stage::running;
  bool retiring_ = false; ///< the directory was asked whether this actor may end.
};

} // namespace fedhub
