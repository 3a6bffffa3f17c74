// The state of a connection actor.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/connection/dane_search.hpp"
#include "actors/connection/gathered_stanzas.hpp"
#include "actors/connection/liveness.hpp"
#include "actors/connection/peer_identity.hpp"
#include "actors/connection/read_gate.hpp"
#include "actors/connection/security_layer.hpp"
#include "actors/connection/spawn_connection.hpp"
#include "actors/connection/stanza_fault.hpp"
#include "actors/connection/stream_ending.hpp"
#include "actors/connection/stream_label.hpp"
#include "actors/connection/stream_role.hpp"
#include "actors/connection/undelivered.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/settings.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/log/log.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/net/transport.hpp"
#include "actors/rules/name_forms.hpp"
#include "actors/runtime/network_loop.hpp"
#include "actors/runtime/turn_budget.hpp"
#include "actors/stanzas/input_buffer.hpp"
#include "actors/stanzas/outbox.hpp"
#include "metrics/gauge_share.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/negotiation/stream_management.hpp"
#include "protocol/negotiation/stream_ping.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

class reply_batch;

/// The state of one connection: socket, TLS session, scanner, state machine, outbox. Reads a
/// limited number of octets per turn, so one busy stream can't starve other streams. Writes the
/// output of several messages together.
class connection_state {
public:
  static inline const char* name = "fedhub.connection";

  explicit connection_state(connection_actor::pointer self) : self_(self) {}
  ~connection_state();

  void start(hub_ptr its_hub, connection_seed& seed);

  void on_ready();
  void on_tick();
  void on_deliver(stanza_batch& batch);
  void on_flush();
  void on_resume();
  void on_close(const link_end& end);
  void on_verified(const verification& verification);
  void on_pair(const domain_pair& pair);
  void on_forget(const domain_pair& pair);
  void on_verify(const verification& verification);
  bool on_adopt(const adoption& adoption);
  void on_release();
  void on_settled();
  void on_pong();
  void on_drain(drain_stage stage);
  void on_reload(const reload_round& round);
  void on_sweep();
  /// Returns the stream as the API shows it.
  stream_row_ptr on_describe() const;

  /// What the connection holds now, in octets. For tests of the limits.
  struct holdings {
    int64_t in_flight = 0;       ///< read, and not yet released by every destination.
    int64_t unauthenticated = 0; ///< counted against `limits.memory_bytes_per_connection`.
    bool ending = false; ///< stanzas may wait for the owner's `release` outside of every queue.
  };
  holdings holds_now() const;

private:
  friend stream_label;

  // reading
  void read_turn();
  /// Notes whether reading waits for credit; `read_turn` obeys it.
  void pause(bool waits);
  xml_limits scan_limits(bool authenticated) const;
  size_t exceeded_limit(const stanza& stanza) const;
  void reject_full(reply_batch& replies, stanza& stanza, failure why);
  bool takes_answer(const domain_name& from, const domain_name& to) const;
  void scan();
  void scan_on(size_t octets);
  void wait_in_line();
  bool on_item(const scan_result& item, std::string_view text);
  void end_other_protocol(const scan_result& item);
  void on_header(std::string_view text);
  void on_element(std::string_view text);
  void take_stanza(std::string_view text, stanza_kind kind);
  void take_stanza(std::string_view text, const start_tag& tag, stanza_kind kind,
                   const chunk_ptr* own);
  stream_error take_either_form(const seen_domain*& from, const seen_domain*& to);
  /// Does the same as `take_either_form`, faster for domains with one form only: nearly all.
  stream_error take_pair(const seen_domain*& from, const seen_domain*& to) {
    if (from->other == nullptr && to->other == nullptr)
      if (role_.take(from->name, to->name) == stream_error::none)
        return stream_error::none;
    return take_either_form(from, to);
  }
  form_verdict judge_form(const domain_name& stated, const domain_name& proved);
  void ask_form(const domain_name& name);
  void take_without_from(std::string_view text, stanza_kind kind);
  void take_faulty(std::string_view text, stanza_kind kind, const stanza_fault& why);
  void end_over_stanza(stream_error error, std::string_view detail);
  void flush_batch();
  void drive_handshake();
  /// Starts the handshake or the new stream, once the old layer's last octets are written.
  void change_layer();
  /// Checks that the peer sent nothing while it could not yet know that the layer ends (RFC 6120
  /// §5.4.3.3). @returns false if it sent something or is gone; then the stream has ended.
  bool peer_is_silent();
  /// Handles that the peer has closed or cut TCP.
  void on_peer_gone(io_status how);
  /// Serves direct TLS to a peer that begins with TLS on a STARTTLS port (XEP-0368 §3).
  /// @returns false if nothing has arrived yet.
  bool recognise_direct_tls();

  // memory (`limits.memory_bytes_per_connection`)
  /// Returns whether the hub's own answers that wait for the peer exceed the limit.
  bool over_memory() const;
  /// Returns the octets that the connection makes the hub hold before it is authenticated.
  int64_t held_octets() const;
  /// Call at the end of each turn. Reports the held octets to `hub::unauthenticated`, and ends the
  /// connection at twice its limit.
  void account_memory();
  void forget_memory();
  void end_for_memory(std::string detail);

  // the peer's identity
  void handshake_done();
  /// Resolves `domain`, asks for its servers' TLSA records, then calls `judged`.
  void ask_dns(const domain_name& domain);
  void ask_tlsa(const domain_name& domain);
  dane_search& dane() {
    if (!security_.dane)
      security_.dane = std::make_unique<dane_search>();
    return *security_.dane;
  }
  void judged();
  void peer_judged();

  // stream management (XEP-0198)
  void make_management(stream_management::role side);
  bool take_management(std::string_view text);
  /// Reads only acknowledgements. Used while the stream closes.
  void scan_acknowledgements();
  void run(management_actions actions);
  void act(send_ahead& output);
  void act(hold_written&);
  void act(stop_holding& stop);
  void act(stanzas_acknowledged& acknowledged);
  void act(management_enabled& enabled);
  void act(resume_asked&);
  void act(session_settled& settled);
  void act(management_broken& broken);
  /// Answers the peer's request to resume a session: resumed or refused.
  void decide_resumption();
  /// Incoming: registers the session, so another stream may resume this one.
  void open_session();
  void close_session();
  void ask_with_last_stanza();
  void note_written();
  /// Call before the stream's footer. Sends the handled count, and asks for the peer's.
  void push_final_count();
  /// Removes and answers stanzas that too many streams have sent without an acknowledgement.
  /// @returns whether there was one.
  bool answer_hopeless(std::vector<stanza>& held);
  bool holds() const { return outbox_->held() != nullptr && !outbox_->held()->empty(); }

  // changed rules
  /// Returns why the rules in force now would refuse the peer, or nothing.
  revocation judge_peer() const;
  /// Ends a stream that new rules restrict. Stanzas that are still allowed are written first.
  void take_back(const review& review);

  // keepalive
  /// Enables pings between the domains of `pair`, which the peer answers on this stream.
  void make_ping(domain_pair pair);
  /// Returns whether pings, and not stream management, check that the peer is alive.
  bool pings() const;
  time_point keepalive_due() const;
  void keep_alive(time_point t);
  bool take_pong(std::string_view text, const domain_pair& pair);
  /// Does the same as `take_pong` for the answer to another connection's ping.
  bool pass_on_pong(std::string_view text, const domain_pair& pair);
  void forget_ping();
  /// Returns when the peer gave its last sign of life; the current time while nothing is read.
  time_point heard() const {
    return reading_.gate.is_shut(read_gate::credit) || held() ? now() : times_.read_at();
  }

  // components that claim a node which has a link
  /// Returns whether these actions may run: false if they authenticate a component that
  /// `hub::claims` refuses. Its stream then ends at once or after one second.
  bool claims_node(const stream_actions& actions);
  /// Withdraws this connection's claim to its node, since the stream ends.
  void end_claim();
  /// Pings the component if another connection claims its node and this one has to be asked.
  void ask_component(time_point t);
  /// Gives up defending the link if the component did not answer that ping in time.
  void judge_component(time_point t);

  // acknowledgement by TCP
  void confirm(time_point t);
  /// Asks TCP for its acknowledgements before the socket is closed. @returns whether the socket may
  /// be closed now: all is acknowledged, the socket has failed, or the linger time is over.
  bool all_confirmed();
  /// Answers the stanzas that TCP has not acknowledged: they may not have arrived.
  void answer_unconfirmed();
  /// Returns whether the connection has failed while it is not read. If so, ends it.
  bool failed_unread();

  // the hub's stop
  /// Returns whether stanzas that are read now came too late in the hub's stop to be passed on.
  bool too_late() const;
  void give_up();
  void discard_input() const;

  // actions
  /// Reports to the owner that the stream can be used.
  void announce();
  void run(stream_actions actions);
  void act(send_xml& output);
  void begin_step(admin::attempt_step step);
  void act(start_tls&);
  void act(restart_stream& restart);
  void act(stream_ready&);
  void act(verify_key& request);
  void act(pair_authorised& authorised);
  void act(pair_refused& refused);
  void act(pair_denied& denied);
  void act(key_answered& answer);
  void act(dialback_seen& seen);
  /// Ends the stream: the peer has more connections than its share.
  void refuse_share();
  /// Incoming: returns the party that DNS questions of this stream are counted for.
  dns_asker asker() const;
  /// Notes which peers are expected to connect back, and which connections proved useful.
  void note_expected(const dialback_seen& seen);
  void act(sasl_seen& seen);
  void act(reverse_authorised& authorised);
  void act(peer_limits& limits);
  void act(component_authenticated& authenticated);
  void act(close_stream& closing);

  /// Returns the prefixes that the peer's header binds, and its content namespace.
  const source_context& peer_context() const { return input_->source()->context(); }

  // writing and ending
  /// Call at the end of each turn that may leave output, even OpenSSL's own.
  void write();
  void write_out();
  /// @param domain the sender domain of the first authorised pair; empty for a component.
  void authenticated(const domain_name& domain);
  void begin_closing(const link_end& why);
  void end();
  void give_back();
  stanza_batch_ptr batch_of(std::vector<stanza> stanzas);
  void maybe_quit();
  void fail(stream_error error, failure why, std::string_view detail,
            std::string_view application = {});

  // time
  time_point now() const;
  void schedule();
  time_point next_deadline() const;
  time_point closing_due() const;
  time_point stall_due() const;
  void check_stall();
  /// Sets the kernel's timeouts for a dead connection from the settings in force.
  /// @returns false if the socket is not TCP.
  bool watch_over();
  /// Returns whether output waits for the socket, or for an acknowledgement by the peer.
  bool kept_waiting() const {
    return !outbox_->empty() && (!writing_.writable || outbox_->blocked());
  }
  liveness::waiting waiting_output() const;

  // Reports to the admin actor. `peer` has just been proved, or is empty. `report_end` comes once.
  // A refused stream claims a node, or a node's domain.
  void report_stream(const domain_name& peer = {}) const;
  void report_end() const;
  void report_refusal(const std::string& claim, failure why, std::string_view detail) const;
  void refuse_node(stream_error error, std::string_view claim, std::string_view detail);
  admin::traffic_row traffic() const;
  void count_octets();
  void note_state(const char* to); ///< for the log; `to` is a static text.
  /// Returns what proves a domain of the peer now; `dialback` if only its key can.
  identity_method proof_of(const domain_name& domain) const;
  std::string_view proof_word(const domain_pair& pair) const;
  /// Returns whether nothing is read as XML: the layer changes, or a verdict is pending.
  bool held() const {
    return security_.layer.undecided() || reading_.gate.is_shut(read_gate::form);
  }
  /// Returns whether the leg is final; a node's connection shows it by its header.
  bool leg_known() const { return facts_.leg != stream_leg::node_component || facts_.header_seen; }
  /// Returns whether the peer is a remote domain, not a node.
  bool worldly() const {
    return facts_.leg == stream_leg::s2s_in || facts_.leg == stream_leg::s2s_out;
  }
  bool outgoing() const {
    return facts_.leg == stream_leg::s2s_out || facts_.leg == stream_leg::node_s2s_out;
  }
  stream_label label() const { return {*this}; }
  log_module stream_module() const;
  log_origin origin() const;
  /// @param kind a static text: the subject of such lines.
  peer_log stream_log(std::string_view kind) const { return {stream_module(), kind, origin()}; }
  log_module stanza_module_in() const;
  log_module stanza_module_out() const;

  connection_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  settings_ptr settings_;
  uint64_t id_ = 0;
  socket_address peer_;
  admission_ticket_ptr ticket_; ///< of an incoming connection.
  link_owner_actor owner_;      ///< none for incoming S2S streams.

  /// The current security layer, and the objects it needs.
  struct {
    security_layer layer;
    std::shared_ptr<const tls_store> tls; ///< keeps the contexts of this stream's TLS session.
    std::unique_ptr<dane_search> dane;    ///< until the peer's certificate is judged.
  } security_;

  std::unique_ptr<transport> transport_;
  watch_ptr watch_;
  std::optional<peer_identity> identity_;
  stream_role role_;

  /// The state of reading.
  struct {
    std::optional<xml_scanner> scanner;
    std::shared_ptr<flow_credit> credit;
    turn_budget turn;
    /// Held octets as last reported to `hub::unauthenticated`; 0: not reported.
    int32_t memory_reported = 0;
    read_gate gate;
    bool unscanned = false; ///< a turn ended before all pending input was scanned.
    bool untouched = true;  ///< nothing was read yet.
    bool late = false;      ///< the last octets read came after the hub's stop.
  } reading_;

  std::unique_ptr<input_buffer> input_;
  gathered_stanzas gathered_;

  /// The state of writing.
  struct {
    std::unique_ptr<queue_account> limits;
    bool writable = true;     ///< the socket took all octets that were offered.
    bool flush_asked = false; ///< a `flush` is in the mailbox.
    bool patient = false;     ///< the kernel's timeout is longer now, since the peer is slow.
  } writing_;

  std::unique_ptr<outbox> outbox_;
  std::unique_ptr<stream_management> management_; ///< null: the stream has none.
  std::unique_ptr<stream_ping> ping_;             ///< null: no pings on this stream so far.

  /// Facts about the stream.
  struct {
    uint32_t pairs = 0;               ///< domain pairs authorised.
    uint32_t questions = 0;           ///< dialback verifications that the stream carried.
    uint32_t header_octets = 0;       ///< of the peer's last header: names, bindings, language.
    uint32_t peer_limit = UINT32_MAX; ///< octets of a stanza that the peer takes (XEP-0478).
    stream_leg leg = stream_leg::s2s_in;
    bool provoked = false; ///< outgoing: opened only to verify a stranger's key.
    bool header_seen = false;
    bool peer_xmpp_1 = false;   ///< by its last header.
    bool negotiated = false;    ///< outgoing: dialback can run. The owner limits its time.
    bool authenticated = false; ///< a pair, or the component's name, is proved.
  } facts_;

  liveness times_;
  stream_ending ending_;
  undelivered undelivered_;

  /// The values that log and metrics have now.
  struct {
    const char* state = "PENDING"; ///< a static text.
    gauge_share stream;
    gauge_share actor;
  } reported_;
};

} // namespace fedhub
