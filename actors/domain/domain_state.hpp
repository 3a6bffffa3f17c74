// The state of a domain actor.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <caf/system_messages.hpp>

#include "actors/dial/connector.hpp"
#include "actors/domain/external_trials.hpp"
#include "actors/domain/node_absence.hpp"
#include "actors/domain/recent_answers.hpp"
#include "actors/domain/spawn_domain.hpp"
#include "actors/hub/hub.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/stanzas/stanza_queue.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

class reply_batch;

/// Speaks with one domain: resolves, connects, has sender domains authorised, queues meanwhile,
/// retries with back-off, bounces what can't be delivered. One stream at a time carries all sender
/// domains.
class domain_state {
public:
  static inline const char* name = "fedhub.domain";

  explicit domain_state(domain_actor::pointer self) : self_(self) {}

  void start(hub_ptr x, const domain_name& target, routing_table_ptr table);

  void on_deliver(const stanza_batch_ptr& batch);
  void on_question(const verification_ptr& question, const verifier_actor& asker);
  void on_guest(const std::string& host, const verification_ptr& question,
                const verifier_actor& asker);
  void on_reverse(const connection_actor& x, const domain_pair& pair);
  void on_table(routing_table_ptr table);
  void on_retire();
  void on_drain();
  void on_stop();
  void on_actor_down(const caf::down_msg& x);
  void on_actor_exit(const caf::exit_msg& x);
  void on_tick();

  void on_link_up(const connection_actor& x, questions_taken questions);
  void on_pair(const connection_actor& x, const pair_outcome& outcome);
  void on_answer(const verification_ptr& answer);
  void on_link_down(const connection_actor& x, const link_end& why);
  void on_settled(const connection_actor& x, uint32_t arrived);
  void on_keep(const connection_actor& x, const kept_stream& kept);
  void on_returned(stanza_batch& batch);
  void on_drained(const connection_actor& x);

private:
  /// Addresses of one resolution on which a stream is tried, after which the attempt has failed.
  static constexpr size_t max_tried = 4;

  /// What the outgoing stream is about.
  enum class phase : uint8_t {
    none, ///< no stream, none wanted or not yet again.
    resolving,
    connecting,
    negotiating, ///< connected; awaits `linkup`.
    ready,
    draining, ///< the stream ended; awaits what it gives back.
  };

  /// What happens to a stanza of one sender domain.
  enum class pair_state : uint8_t { unasked, asked, authorised, refused };

  /// A stream that the domain opened and that takes stanzas too (XEP-0288).
  struct reverse_link {
    connection_actor link;
    std::set<domain_name> senders; ///< that it takes stanzas of.
    enum class phase : uint8_t {
      asked, ///< to take this actor for its owner; what is to go over it waits.
      up,
      down, ///< it has ended, and is to give back what it could not write.
    } state = phase::asked;
  };

  /// One sender domain.
  struct lane {
    explicit lane(queue_account& limits) : queue(limits) {}
    stanza_queue queue;
    pair_state state = pair_state::unasked; ///< on the hub's own stream.
    const reverse_link* reverse = nullptr;  ///< takes the stanzas instead, as long as it is there.
    time_point since{};                     ///< of `asked` and `refused`.
    failure why = failure::none;
    std::string detail;
    failure denied = failure::none; ///< why the rules in force let nothing pass, if so.
    bool busy = false;              ///< it is in `busy_`.
  };
  using lane_map = std::map<domain_name, lane>; ///< by sender domain.

  /// About a key of this domain's, or of a guest's: another domain's that has the same server.
  struct question {
    verification_ptr value;
    verifier_actor asker; ///< the guest's actor, if it is a guest's.
    enum class way_to_ask : uint8_t {
      undecided,
      lent,  ///< over another domain's stream.
      alone, ///< over this domain's, since that gave no answer.
      sent,  ///< on this domain's stream.
    } way = way_to_ask::undecided;
    time_point back_at{}; ///< `lent`: no longer than until then.
    time_point until{};   ///< nobody waits for its answer any more.
  };

  /// What the hub's own stream left that the next one may resume (XEP-0198 §5). Until the peer has
  /// told how much of it arrived, nothing newer may overtake it.
  struct former_stream {
    former_stream(const kept_stream& kept, queue_account& limits, prometheus::Gauge& gauge);
    management_session session;
    domain_name sender;
    std::set<domain_name> senders; ///< of the stanzas too.
    stanza_queue queue;
    uint32_t expired = 0; ///< so many of those in front were answered meanwhile.
    unsigned tries = 0;   ///< streams that ended before the peer told.
    gauge_share share;
  };

  /// The stream that takes this lane's stanzas now; null: they wait, or are refused.
  connection_actor way_of(const lane& x) const;
  connection_actor only_way_of(const std::vector<stanza>& stanzas) const;
  void distribute(std::vector<stanza>& stanzas, time_point t);
  void note_full(const domain_name& sender, failure why);
  reverse_link* find_reverse(const connection_actor& x);
  void reverse_up(const connection_actor& x);
  /// Lets a lane that has no way use a stream of the domain's, if one takes its stanzas.
  void reverse_gone(const connection_actor& x);
  void use_reverse(const domain_name& sender, lane& x);
  void send_queue(const connection_actor& to, lane& x);
  void forget_lanes();
  /// To be called for a lane into whose queue something was put.
  void note_busy(lane_map::value_type& x);
  /// Lets go of lanes of which nothing waits any more.
  void prune_busy();
  /// Back into the lanes, before all that is there.
  void requeue(std::vector<stanza> xs);
  /// Has what is left of the former stream sent again, whether it has arrived or not.
  void give_up_former();
  /// Does so if the rules in force let something of it pass no more: what waits of that is
  /// answered.
  /// @returns why, or `none`.
  failure judge_former();
  void try_of_former_failed();
  void expire_former(time_point t, reply_batch& replies);
  /// Does what there is to do: dials, or asks the peer. To be called when more than what a batch
  /// brings may have changed.
  void kick();
  void dial_if_wanted();
  bool wanted() const;
  bool stanzas_wait() const;
  bool unused() const;
  void dial();
  template <class... What>
  void resolve(const What&... what);
  /// For whom DNS is asked: the first in line of those who wait for an answer.
  dns_asker asker() const;
  /// If DNS is asked for strangers and a node's stanza came meanwhile, asks for the node.
  void hurry();
  /// DNS was not asked, for strangers have too many searches under way: nothing is known of this
  /// domain by that, so the next one who asks is not held up by it.
  void no_room(const resolution& x);
  service_kinds services() const;
  void resolved(const resolution_ptr& x);
  void connect(const resolution_ptr& x);
  /// @name Questions over the streams of others, and of others over this one's (domain_host.cpp).
  /// @{
  std::string sharable_host(const resolution& x) const;
  void share(const std::string& host, const resolution_ptr& x);
  void take_back(question& x, std::string_view why);
  void take_back_lent(time_point t);
  bool is_guest(const question& x) const { return x.value->question.pair.from != target_; }
  /// What the stream is to the question that is about to be put on it.
  question_stream stream_for(const question& x) const {
    if (is_guest(x))
      return question_stream::shared;
    return x.way == question::way_to_ask::alone ? question_stream::fallback : question_stream::own;
  }
  void note_host(const connected& x, stream_security security);
  void offer_host(questions_taken x);
  void leave_host(bool refuses);
  bool lasts_for_guests() const;
  time_point next_of_hosts(time_point t) const;
  /// @}
  void connected_to(connected& x);
  bool try_next_address();
  bool may_try_next() const { return resolution_ && tried_.size() < max_tried && untried(); }
  void learn_of_external(const link_end& why);
  bool goes_on_after(failure why) const;
  /// What is left of the resolution; null: every address has been tried.
  resolution_ptr untried() const;
  /// The hub's own stream takes stanzas of some sender.
  bool carries_pair() const;
  /// Goes on to the host that the peer named instead of itself (RFC 6120 §4.9.3.19).
  /// @returns false if there is none, or if it is not followed: `last_detail_` then says why.
  bool follow_redirect();
  /// @name Forms of the domain's name (domain_forms.cpp).
  /// @{
  /// Of the name's forms; `own` for all names but few. Only stanzas can go by the other form: a key
  /// is proved by the server of the name that it is for.
  form_verdict verdict() const;
  void find_form();
  /// The name has no server, and its other form may have: that one's actor takes the stanzas.
  bool is_other_form() const;
  void hand_over(std::vector<stanza> xs);
  void hand_over_all();
  /// The domain's servers may be told the other form: by DNS and by the rules it is the same.
  bool may_be_told_other_form() const;
  /// A server does not know the domain by the name that it was told. @returns whether there is
  /// another one to try.
  bool may_speak_otherwise() const;
  bool speak_otherwise();
  void speak_as_remembered();
  /// Has stanzas go to the name that the server was told.
  void name_as_spoken(std::vector<stanza>& xs) const;
  /// @}
  void attempt_failed(failure why, const std::string& detail);
  void hold_answer(const verification_ptr& x);
  void answer_questions(failure why, const std::string& detail);
  void reject_all(lane& x, failure why, const std::string& detail);
  /// While the hub stops: what can only wait for a stream is answered, the hub's own answers wait.
  void reject_waiting(lane& x);
  bool takes(const stanza& x) const { return !stopping_ && (!draining_ || x.generated); }
  void ask_peer();
  void ask_peer_for(lane_map::value_type& x, time_point t);
  void ask_pair(lane_map::value_type& x, time_point t);
  /// @name A node that can't be reached (domain_absence.cpp).
  /// @{
  bool to_node() const { return leg_ == stream_leg::node_s2s_out; }
  /// An attempt has failed. Stanzas wait on for `timeouts.node` from the first one.
  void node_missed();
  /// Answers what waits once that time is over. To be called whenever it may be.
  void end_wait();
  /// It has answered for a domain pair: all is as usual.
  void node_found();
  /// Attempts go on though no stanza waits. For a name that only a pattern of the configuration
  /// covers they end with its use, or else who makes up names would have thousands of them.
  bool seeks_node() const;
  /// On a new stream: has the last sender that missed the node authorised.
  void ask_node(time_point t);
  /// The configuration is new. @param moved the node is to be reached elsewhere.
  void judge_node(bool moved);
  /// @}
  void close_link(failure why);
  /// The rules have changed: ends the stream over which some or all must not go any more.
  void take_back(taken_back what, failure why);
  /// The rules have changed: an attempt that has no stream yet begins anew.
  void abandon_attempt();
  void end_connector();
  void finish_dialback_only();
  failure step_under_way() const;
  static std::string_view phase_name(phase x); ///< as operators read it.
  void note_phase(phase x);
  /// Until a node has sent something, only strangers' keys make this actor do anything.
  log_origin origin() const {
    if (leg_ != stream_leg::s2s_out || proven_)
      return {log_standing::authenticated, target_.str()};
    return {carried_ ? log_standing::unproven : log_standing::stranger, target_.str()};
  }
  peer_log route_log(log_module to, std::string_view kind) const { return {to, kind, origin()}; }
  std::string_view route_name() const {
    return leg_ == stream_leg::s2s_out ? "route" : "node route";
  }
  void schedule();
  time_point next_deadline(time_point t) const;
  time_point due_of(const lane& x) const;
  void expire();
  void expire_questions(time_point t);
  void take_question(const verification_ptr& x, const verifier_actor& asker);
  time_point needed_until() const;
  void retire_if_unused();

  time_point now() const;
  lane_map::value_type& lane_of(const domain_name& sender);
  domain_name first_sender() const;
  std::chrono::milliseconds back_off();

  domain_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  routing_table_ptr table_;
  domain_name target_;
  domain_name spoken_;      ///< as what its servers are told it: mostly `target_`.
  given_targets_ptr given_; ///< static route or node addresses; null: DNS is asked.
  stream_leg leg_ = stream_leg::s2s_out;
  std::unique_ptr<queue_account> limits_;
  lane_map lanes_;
  /// Those of which stanzas or an answer to a key may be waited for, in the order in which they
  /// came to be: what is done at each tick looks at these only, not at thousands that have
  /// their way. What is done for each batch looks at the lanes of the batch only.
  std::vector<lane_map::value_type*> busy_;
  /// When there is something to do about the first of these, or before.
  time_point lanes_due_ = time_point::max();
  std::list<reverse_link> reverse_; ///< lanes point into it.
  std::vector<question> questions_;
  std::unique_ptr<recent_answers> answers_; ///< null: none is held.

  /// The server that the directory takes this domain to have a stream to; empty: none.
  std::string host_;
  std::string link_host_; ///< that the stream leads to; empty if others can't ask over it.
  bool lasting_ = false;  ///< other domains have that server too.

  std::unique_ptr<former_stream> former_;

  phase phase_ = phase::none;
  time_point phase_since_{};
  connection_actor link_;
  caf::actor_addr connector_; ///< of the attempt in hand.
  uint64_t attempt_ = 0;      ///< of the answers awaited; those to older ones are stale.
  dns_asker asking_;          ///< for whom DNS is being asked.
  resolution_ptr resolution_;
  /// Addresses whose stream failed in this attempt, and whether it was on direct TLS.
  std::set<std::pair<std::string, bool>> tried_;
  external_trials external_;
  /// One of `tried_` whose stream ended in place of an answer to EXTERNAL: to be tried once more.
  std::optional<std::pair<std::string, bool>> second_chance_;
  /// What the peer named as it ended a stream that carried nothing yet; not yet followed.
  std::string redirect_;
  std::string redirected_to_; ///< the last one followed in this attempt.
  unsigned redirects_ = 0;    ///< followed in this attempt.
  time_point link_up_since_{};
  std::pair<std::string, uint16_t> link_address_; ///< host and port, as they were given.
  std::pair<std::string, bool> link_server_;      ///< address, and whether it is direct TLS.
  bool link_was_ready_ = false;
  bool unanswered_ = false;      ///< a key on it got no answer in time.
  bool link_of_use_ = false;     ///< it authorised a pair, or answered a question about a key.
  bool proven_ = false;          ///< a stream has been ready, the hub's own or the peer's.
  bool link_taken_back_ = false; ///< by a reload: its end is no failure of an attempt.
  unsigned failures_ = 0;        ///< attempts in a row that gave no lasting stream.
  time_point retry_at_{};        ///< no attempt before.
  failure last_why_ = failure::none;
  std::string last_detail_;
  bool unknown_host_ = false; ///< the peer does not serve the domain by the name it was told.
  std::string refusal_;  ///< what the peer said of a pair, while its stream is being closed for it.
  node_absence absence_; ///< of an s2s node; others are always here.
  domain_name missed_;   ///< who sent last, or asked, what the node was not there for.
  bool listed_ = false;  ///< the configuration names this very domain.
  time_point last_use_{};
  bool carried_ = false;    ///< stanzas came.
  bool node_waits_ = false; ///< some of the stanzas that wait may be a node's.
  bool verified_ = false;   ///< questions came.
  bool retiring_ = false;
  bool draining_ = false; ///< only the hub's own answers wait for a stream.
  bool stopping_ = false;
  time_point next_tick_ = time_point::max();
  std::minstd_rand random_; ///< for jitter only.
  gauge_share actor_share_;
  gauge_share domain_share_;
};

} // namespace fedhub
