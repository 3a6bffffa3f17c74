// Stream management on one stream: acknowledgements, requests for them, resumption (XEP-0198).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/errors/stream_error.hpp"
#include "protocol/events/stream_events.hpp"
#include "protocol/negotiation/management_element.hpp"

namespace fedhub {

/// What outlives a stream that can be resumed.
struct management_session {
  std::string id = {};
  std::string location = {};   ///< where the peer wants it resumed; empty: where it was.
  std::chrono::seconds max{0}; ///< how long the peer keeps it; 0: it did not say.
  uint32_t handled = 0;        ///< stanzas taken from the peer, modulo 2^32.
  uint32_t acknowledged = 0;   ///< stanzas that the peer said it took, modulo 2^32.
  uint32_t unacknowledged = 0; ///< stanzas written after those.
};

// ---- actions -----------------------------------------------------------------------------------

/// Write these octets before the next stanza, whatever waits: an acknowledgement or a request for
/// one must not wait for the acknowledgements that what is before it waits for. Never before octets
/// of `send_xml`.
struct send_ahead {
  std::string xml;
};
/// Stanzas behind the octets of the last `send_xml` are counted by the peer: once written, each is
/// held until `stanzas_acknowledged`.
struct hold_written {};
/// The peer acknowledges nothing after all: what is held counts as delivered when it was written,
/// as on any other stream.
struct stop_holding {
  std::string condition; ///< of the peer's `<failed/>`, for the log; may be empty.
};
/// The peer has taken over so many more of what was written, the oldest first.
struct stanzas_acknowledged {
  uint32_t count = 0; ///< never 0.
};
/// For the log. Comes once, when both ends have agreed.
struct management_enabled {
  bool resumable = false;
};
/// Receiving: the peer wants to go on with this session. Answer by `resume` or `refuse_resume`.
struct resume_asked {
  std::string id;
};
/// A former stream's end is settled: of its unacknowledged stanzas, the first `acknowledged` have
/// arrived; the rest has to be sent again, by this stream, before anything newer.
struct session_settled {
  uint32_t acknowledged = 0;
  /// `false`: the peer knows nothing of the session, or no more than the count. Of the rest, some
  /// may have arrived too, and be doubled.
  bool resumed = false;
};

/// Why stream management ends a stream.
enum class management_fault : uint8_t {
  misuse,                 ///< an element that makes no sense here.
  handled_count_too_high, ///< an acknowledgement of what was never sent.
  timed_out,              ///< the peer stopped acknowledging.
};
/// End the stream so.
struct management_broken {
  management_fault fault = management_fault::misuse;
  stream_error error = stream_error::undefined_condition;
  std::string detail = {};
  std::string application = {}; ///< child of the stream error (RFC 6120 §4.9.4); may be empty.
};

using management_action =
  std::variant<send_xml, send_ahead, hold_written, stop_holding, stanzas_acknowledged,
               management_enabled, resume_asked, session_settled, management_broken>;
/// To be run in order.
using management_actions = std::vector<management_action>;

/// Counts stanzas in both directions of one stream, acknowledges those that came, and asks for
/// acknowledgement of those that went. Does no I/O and reads no clock.
///
///     initiating   off -> asked -> on               (`<enable/>`; `<failed/>`: off)
///                  off -> resuming -> on            (`<failed/>`: asked)
///     receiving    off -> on, off -> deciding -> on
///     any          -> broken
///
/// When it asks (§4 leaves that open):
/// - with the last stanza that is to be written now, in the same octets, unless a request is under
///   way: so a quiet stream is acknowledged at once, and a busy one once a round trip;
/// - after every `ask_after_stanzas` or `ask_after_octets` written, so that much data is
///   acknowledged as it goes;
/// - again after a quarter of `options::acknowledge` if something is still unacknowledged;
/// - when nothing was heard for `options::keepalive`, instead of white space.
/// A request without progress for `options::acknowledge` breaks the stream; so does an unanswered
/// `<enable/>` or `<resume/>`. Progress is an acknowledgement of more than before, or of all.
///
/// Decisions that XEP-0198 leaves open:
/// - An `h` that goes back, by less than 2^31, is ignored: nothing can be taken back, and what is
///   unacknowledged stays so.
/// - `<r/>` and `<a/>` before it is on are answered by `<failed/>` with `unexpected-request` (a
///   receiving server), or end the stream (an initiating one, which has asked for none yet).
/// - A second `<enable/>` ends the stream; one after `<failed/>` does not.
///
/// What live servers do between servers:
/// - Prosody 0.12 and 13 (mod_smacks, on by default): offers it in the features of a stream that is
///   authenticated already, hence after SASL EXTERNAL only. Dialback comes behind the features and
///   brings no new ones, so such a stream has none, though an `<enable/>` would be taken. It sends
///   `<enable/>` once its own stream is up, without `resume`; stanzas that waited for the stream
///   may come before it and are not counted. It asks after each stanza unless a request is under
///   way, and closes a stream that does not answer by its read timeout (14 minutes). An `<a/>`
///   whose `h` is lower than the last, or higher than sent, closes the stream, and so does any
///   `<r/>` before stream management is on.
/// - Prosody has no resumption here: 0.12 answers a wish for it by `resume='true'` without an
///   identifier, 13 by neither, and both answer `<resume/>` on another stream than it came on.
///   What is unacknowledged when a stream ends it bounces (`recipient-unavailable`), or sends again
///   if `smacks_s2s_resend` is set.
/// - ejabberd (mod_stream_mgmt, up to 24.12) has it for clients only: its s2s streams neither offer
///   nor ask.
class stream_management {
public:
  enum class role : uint8_t { initiating, receiving };
  enum class phase : uint8_t { off, asked, resuming, deciding, on, broken };

  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  struct options {
    role side = role::initiating;
    duration acknowledge = std::chrono::seconds{60}; ///< `timeouts.acknowledge`.
    duration keepalive = std::chrono::seconds{30};   ///< with `acknowledge`: dead within 90 s.
    bool wants_resumption = false;                   ///< initiating: ask for it.
    /// Receiving: the new stream's identifier for peers that want to resume it; empty: there is no
    /// resumption. Unguessable: who knows it may learn what was handled.
    std::string resume_id = {};
    std::chrono::seconds resume_max{0}; ///< receiving: how long the owner keeps the session.
  };

  static constexpr uint32_t ask_after_stanzas = 128;
  static constexpr uint64_t ask_after_octets = 131072;
  /// More stanzas than this in the outbox are no last ones: see `before_flush`.
  static constexpr size_t few_stanzas = 32;
  /// Answers `<failed/>` on one stream; a peer that goes on asking is cut off.
  static constexpr uint32_t most_refusals = 16;

  explicit stream_management(options opts) : opts_(std::move(opts)) {}

  /// @name Events. In `broken` all return nothing.
  /// @{

  /// Initiating: the peer offers it and both are authenticated. Sends `<enable/>`, or `<resume/>`
  /// if there is a session to go on with; until `session_settled` nothing may be sent then.
  management_actions start(time_point now, std::optional<management_session> former = {});
  /// Receiving: the peer is authenticated, `<enable/>` and `<resume/>` may come.
  void permit() { permitted_ = true; }

  /// @param x an element of `ns::stream_management`; another is misuse. What was `handled` before
  /// it was reported before it.
  management_actions on_element(const stream_element::node& x, time_point now);

  /// So many stanzas were taken over from the peer. Those before `<enable/>` are not counted, by
  /// either end.
  void handled(uint32_t stanzas, time_point now);

  /// So many stanzas that are to be held were written to their last octet.
  management_actions written(uint32_t stanzas, uint64_t octets, time_point now);

  /// The outbox is to be written, and has so many stanzas to be held. @returns whether to append
  /// `request_xml()` behind them. Not to be asked while the outbox holds stanzas back.
  bool before_flush(size_t stanzas, time_point now);
  static std::string request_xml();

  /// The answer to all requests since the last call, to be written before the next stanza; empty if
  /// there was none. To be called when it can be written: however many requests a peer sends
  /// meanwhile, one answer waits.
  std::string take_answer();

  /// Receiving, after `resume_asked`: goes on with that session.
  management_actions resume(const management_session& former, time_point now);
  /// The same: there is no such session. @param handled how many stanzas it took, where that is
  /// all that is still known.
  management_actions refuse_resume(std::optional<uint32_t> handled = {});

  /// A moment of `next_deadline` may have come.
  management_actions on_time(time_point now);
  /// @}

  /// `time_point::max()` if there is none.
  time_point next_deadline() const;

  /// What to say right before the stream's footer: how much was handled (§4 asks for it). Empty if
  /// it is not on.
  std::string last_words() const;

  /// What to keep when the stream ends other than in order; nothing if it can't be resumed.
  std::optional<management_session> session() const;

  /// Of the session that can be resumed, also once it is broken, or that is asked for; empty if
  /// there is none.
  std::string_view session_id() const { return former_.id; }

  phase state() const { return phase_; }
  bool on() const { return phase_ == phase::on; }
  /// Stanzas written and not acknowledged.
  uint64_t unacknowledged() const { return sent_ - acknowledged_; }

private:
  void enable(time_point now, management_actions& out);
  void enter_on(time_point now, management_actions& out);
  void ask(uint64_t covered, time_point now);
  void heard(time_point now);
  management_actions on_enable(const management_element& x, time_point now);
  management_actions on_enabled(const management_element& x, time_point now);
  management_actions on_answer(const management_element& x, time_point now);
  management_actions on_resume(const management_element& x);
  management_actions on_resumed(const management_element& x, time_point now);
  management_actions on_failed(const management_element& x, time_point now);
  management_actions out_of_place(management_element::kind x);
  management_actions refuse(std::string_view condition, std::optional<uint32_t> h = {});
  management_actions too_high(uint32_t h, uint32_t sent);
  management_actions break_off(management_broken why);
  /// Takes the session up where the peer, which has taken `h`, left it.
  void take_up(const management_session& former, uint32_t h);

  options opts_;
  phase phase_ = phase::off;
  bool permitted_ = false;
  bool resumable_ = false;
  bool answer_due_ = false;
  uint32_t refusals_ = 0;
  uint32_t handled_ = 0;
  uint64_t sent_ = 0;         ///< those below modulo 2^32 are what the peer counts.
  uint64_t acknowledged_ = 0; ///< at most `sent_`.
  uint64_t asked_for_ = 0;    ///< the last request covers what is sent up to here.
  uint64_t unasked_octets_ = 0;
  uint32_t requests_ = 0; ///< sent and not answered; an unasked `<a/>` counts as an answer.
  time_point asked_at_{};
  time_point heard_at_{};
  std::optional<time_point> waiting_since_; ///< a request, with no progress since.
  std::optional<management_session> left_;  ///< in `broken`: what can be resumed.
  management_session former_; ///< in `resuming` and `deciding`; later `id`, `max`, `location` of
                              ///< this stream.
  std::optional<uint32_t> asked_h_; ///< in `deciding`: what the peer said it has handled.
};

std::string_view to_string(stream_management::phase x);
std::string_view to_string(management_fault x);

} // namespace fedhub
