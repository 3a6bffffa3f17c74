// The state of a connection actor.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "actors/connection/gathered_stanzas.hpp"
#include "actors/connection/liveness.hpp"
#include "actors/connection/peer_identity.hpp"
#include "actors/connection/read_gate.hpp"
#include "actors/connection/security_layer.hpp"
#include "actors/connection/spawn_connection.hpp"
#include "actors/connection/stream_ending.hpp"
#include "actors/connection/stream_label.hpp"
#include "actors/connection/stream_role.hpp"
#include "actors/connection/undelivered.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/connection.hpp"
#include "actors/log/log.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/net/transport.hpp"
#include "actors/runtime/turn_budget.hpp"
#include "actors/stanzas/input_buffer.hpp"
#include "actors/stanzas/outbox.hpp"
#include "metrics/gauge_share.hpp"
#include "protocol/negotiation/stream_management.hpp"
#include "protocol/negotiation/stream_ping.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

class reply_batch;

/// Why a stanza is answered instead of being passed on.
struct stanza_fault {
  failure why = failure::none;
  std::string_view detail = {};
};

/// One connection: socket, TLS session, scanner, state machine, outbox. Reads by turns of a limited
/// number of octets, so that one busy stream can't starve the others; writes what the turn's
/// messages brought in one go.
class connection_state {
public:
  static inline const char* name = "fedhub.connection";

  explicit connection_state(connection_actor::pointer self) : self_(self) {}
  ~connection_state();

  void start(hub_ptr x, connection_seed& seed);

  void on_ready();
  void on_tick();
  void on_deliver(stanza_batch& batch);
  void on_flush();
  void on_resume();
  void on_close(const link_end& x);
  void on_verified(const verification& x);
  void on_pair(const domain_pair& x);
  void on_forget(const domain_pair& x);
  void on_verify(const verification& x);
  bool on_adopt(const adoption& x);
  void on_release();
  void on_settled();
  void on_pong();
  void on_drain(drain_stage x);
  void on_reload(const reload_round& round);
  void on_sweep();

  /// What the connection holds at the moment, in octets. For tests of the limits.
  struct holdings {
    int64_t in_flight = 0;       ///< read, and let go by no destination yet.
    int64_t unauthenticated = 0; ///< counted against `limits.memory_bytes_per_connection`.
    bool ending = false;         ///< stanzas may wait for the owner's release, in no queue.
  };
  holdings holds_now() const;

private:
  friend stream_label;

  /// The first octet of a TLS record that begins a handshake (RFC 8446 §5.1). No XML begins with
  /// it.
  static constexpr char tls_handshake_record = 22;

  /// What TLSA records are to be asked for.
  struct dane_search {
    std::vector<tlsa_endpoint> endpoints;
    std::optional<stream_header> header; ///< incoming: the peer's, which waits for the answers.
    dns_asker asker;
  };

  // reading
  void read_turn();
  /// Notes whether reading waits for credit; `read_turn` goes by it.
  void pause(bool waits);
  xml_limits scan_limits(bool authenticated) const;
  size_t exceeded_limit(const stanza& x) const;
  void reject_full(reply_batch& replies, stanza& x, failure why);
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
  /// The same for a stanza whose domains may stand in one form only, as nearly all do.
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
  /// Starts the handshake, or reads the new stream, once the last octets of the layer are written.
  void change_layer();
  /// The peer must not have sent anything before it could know that the layer ends (RFC 6120
  /// §5.4.3.3). @returns false if it has, or is gone: then the stream has ended.
  bool peer_is_silent();
  /// The peer has closed or cut TCP.
  void on_peer_gone(io_status how);
  /// A client that begins with TLS on a port for STARTTLS is served that (XEP-0368 §3).
  /// @returns false if nothing has come yet.
  bool recognise_direct_tls();

  // memory (`limits.memory_bytes_per_connection`)
  /// The hub's own answers that the peer has not read are over the limit: no more is read.
  bool over_memory() const;
  /// Octets that the connection makes the hub hold before it is authenticated.
  int64_t held_octets() const;
  /// Ends each turn: reports what is held to `hub::unauthenticated`, and ends the connection at
  /// twice its limit.
  void account_memory();
  void forget_memory();
  void end_for_memory(std::string detail);

  // who the peer is
  void handshake_done();
  /// Finds out by TLSA records what is proved of `domain`, then calls `judged`.
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
  /// While the stream closes: what the peer still acknowledges.
  void scan_acknowledgements();
  void run(management_actions actions);
  void act(send_ahead& x);
  void act(hold_written&);
  void act(stop_holding& x);
  void act(stanzas_acknowledged& x);
  void act(management_enabled& x);
  void act(resume_asked&);
  void act(session_settled& x);
  void act(management_broken& x);
  /// The peer wants to go on with a session: by what there is of it, or not.
  void decide_resumption();
  /// Incoming: from now on, another stream may go on where this one ends.
  void open_session();
  void close_session();
  void ask_with_last_stanza();
  void note_written();
  /// Before the stream's footer: what was taken, and what the peer has taken.
  void say_last_words();
  /// Of what was written and not acknowledged, answers what has been so on too many streams.
  /// @returns whether there was such.
  bool answer_hopeless(std::vector<stanza>& held);
  bool holds() const { return outbox_->held() != nullptr && !outbox_->held()->empty(); }

  // other rules
  /// Why the peer, by what it has presented, would be refused now.
  revocation judge_peer() const;
  /// Ends a stream of which something is taken back. What may still go is written first.
  void take_back(const review& x);

  // keepalive
  /// From now on a quiet peer can be asked for a sign of life: it answers stanzas of the pair on
  /// this stream.
  void make_ping(domain_pair pair);
  /// Whether that, and not stream management, finds out if the peer is there.
  bool pings() const;
  time_point keepalive_due() const;
  void keep_alive(time_point t);
  bool take_pong(std::string_view text, const domain_pair& pair);
  /// The same for an answer to another connection's ping.
  bool pass_on_pong(std::string_view text, const domain_pair& pair);
  void forget_ping();
  /// When the peer gave its last sign of life; it can't as long as nothing is read.
  time_point heard() const {
    return reading_.gate.is_shut(read_gate::credit) || held() ? now() : times_.read_at();
  }

  // components that claim a node which has a link
  /// Whether these actions may run: false if a component has shaken hands, and is refused since the
  /// node's links take each other's place too often. Then the stream ends, at once or in a second.
  bool claims_node(const stream_actions& actions);
  /// The stream ends: the node may be claimed by anybody.
  void end_claim();
  /// Another connection claims the node: asks the peer for a sign of life if that is wanted.
  void ask_component(time_point t);
  /// That sign did not come in time: the link is defended no more.
  void judge_component(time_point t);

  // what TCP has acknowledged
  void confirm(time_point t);
  /// The socket is to be closed: asks TCP first, and waits for its answer as long as the linger
  /// time lasts. @returns whether there is nothing to wait for.
  bool all_confirmed();
  /// Answers what was written last and may not have arrived.
  void answer_unconfirmed();
  /// Whether the connection has failed while it is not read.
  bool failed_unread();

  // the hub's stop
  /// Stanzas that are read now have come after the stop, or nobody takes them any more.
  bool too_late() const;
  void give_up();
  void discard_input() const;

  // acting
  /// Tells the owner that the stream can be used.
  void announce();
  void run(stream_actions actions);
  void act(send_xml& x);
  void act(start_tls&);
  void act(restart_stream& x);
  void act(stream_ready&);
  void act(verify_key& x);
  void act(pair_authorised& x);
  void act(pair_refused& x);
  void act(pair_denied& x);
  void act(key_answered& x);
  void act(dialback_seen& x);
  /// Ends the stream of a peer that has its share of connections.
  void refuse_share();
  /// Incoming: for whom DNS is asked because of this stream.
  dns_asker asker() const;
  /// Keeps count of those from whom connections are to be expected, or have proved useful.
  void note_expected(const dialback_seen& x);
  void act(sasl_seen& x);
  void act(reverse_authorised& x);
  void act(peer_limits& x);
  void act(component_authenticated& x);
  void act(close_stream& x);

  /// What the peer's header binds, and the namespace of its stanzas.
  const source_context& peer_context() const { return input_->source()->context(); }

  // writing and ending
  /// Ends each turn in which something may have been written, by OpenSSL too.
  void write();
  void write_out();
  /// @param domain the peer's, as it was proved first.
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
  /// Has the kernel end the connection if it dies, as the timeouts in force say.
  /// @returns false if it is not TCP.
  bool watch_over();
  /// Something is to be written, and the socket takes nothing, or the peer has to acknowledge
  /// first.
  bool kept_waiting() const {
    return !outbox_->empty() && (!writing_.writable || outbox_->blocked());
  }
  liveness::waiting waiting_output() const;

  void count_octets();
  void note_state(const char* to); ///< for the log; a static text.
  identity_method method_of(const pair_authorised& x) const;
  /// Nothing is read as XML: the layer changes, or the peer or a name has yet to be judged.
  bool held() const {
    return security_.layer.undecided() || reading_.gate.is_shut(read_gate::form);
  }
  /// Before its header, a node's connection may be a component's or a server's.
  bool leg_known() const { return facts_.leg != stream_leg::node_component || facts_.header_seen; }
  /// The stream is with a remote domain, not with a node.
  bool worldly() const {
    return facts_.leg == stream_leg::s2s_in || facts_.leg == stream_leg::s2s_out;
  }
  bool outgoing() const {
    return facts_.leg == stream_leg::s2s_out || facts_.leg == stream_leg::node_s2s_out;
  }
  stream_label label() const { return {*this}; }
  log_module stream_module() const;
  log_origin origin() const;
  /// @param kind a static text: what such lines are about.
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

  /// The layer that octets are in now, and what it is made of.
  struct {
    security_layer layer;
    std::shared_ptr<const tls_store> tls; ///< keeps the contexts of this stream's TLS session.
    std::unique_ptr<dane_search> dane;    ///< until the peer's certificate is judged.
  } security_;

  std::unique_ptr<transport> transport_;
  watch_ptr watch_;
  std::optional<peer_identity> identity_;
  stream_role role_;

  /// What is read, and whether.
  struct {
    std::optional<xml_scanner> scanner;
    std::shared_ptr<flow_credit> credit;
    turn_budget turn;
    int32_t memory_told = 0; ///< held octets, as `hub::unauthenticated` has them; 0: none told.
    read_gate gate;
    bool unscanned = false; ///< a turn ended in the midst of what is pending.
    bool untouched = true;  ///< nothing was read so far.
    bool late = false;      ///< what was read last came after the stop.
  } reading_;

  std::unique_ptr<input_buffer> input_;
  gathered_stanzas gathered_;

  /// What is written, and whether.
  struct {
    std::unique_ptr<queue_account> limits;
    bool writable = true;     ///< the socket took all that was offered.
    bool flush_asked = false; ///< a `flush` is in the mailbox.
    bool patient = false;     ///< the kernel waits for longer: the peer is slow.
  } writing_;

  std::unique_ptr<outbox> outbox_;
  std::unique_ptr<stream_management> management_; ///< null: the stream has none.
  std::unique_ptr<stream_ping> ping_; ///< null: the peer does not answer on this stream.

  /// What the stream was made for, and what it has come to.
  struct {
    uint32_t pairs = 0;               ///< domain pairs authorised.
    uint32_t questions = 0;           ///< dialback verifications that the stream carried.
    uint32_t header_octets = 0;       ///< of the peer's last header: names, bindings, language.
    uint32_t peer_limit = UINT32_MAX; ///< octets of a stanza that the peer takes (XEP-0478).
    stream_leg leg = stream_leg::s2s_in;
    bool provoked = false; ///< outgoing: for a stranger's key only.
    bool header_seen = false;
    bool peer_xmpp_1 = false;   ///< by its last header.
    bool negotiated = false;    ///< outgoing: dialback can run; its time is the owner's matter.
    bool authenticated = false; ///< a pair, or the component's name, is proved.
  } facts_;

  liveness times_;
  stream_ending ending_;
  undelivered undelivered_;

  /// What log and metrics were told last.
  struct {
    const char* state = "PENDING"; ///< a static text.
    gauge_share stream;
    gauge_share actor;
  } told_;
};

} // namespace fedhub
