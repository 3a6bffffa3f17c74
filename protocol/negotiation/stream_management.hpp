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
#include "protocol/events/stream_action.hpp"
#include "protocol/negotiation/management_element.hpp"

namespace fedhub {

/// The state that outlives a stream that can be resumed.
struct management_session {
  std::string id = {};
  std::string location = {};   ///< where the peer wants it resumed; empty: at the same address.
  std::chrono::seconds max{0}; ///< how long the peer keeps it; 0: the peer did not say.
  uint32_t handled = 0;        ///< stanzas taken from the peer, modulo 2^32.
  uint32_t acknowledged = 0;   ///< stanzas that the peer acknowledged, modulo 2^32.
  uint32_t unacknowledged = 0; ///< stanzas written after the acknowledged ones.
};

// ---- actions -----------------------------------------------------------------------------------

/// Write these octets before the next stanza, whatever is queued. Stanzas in the queue may wait for
/// acknowledgements, so an acknowledgement or a request for one must not wait for them. Never
/// written before octets of an earlier `send_xml`.
struct send_ahead {
  std::string xml;
};
/// The peer counts stanzas after the octets of the last `send_xml`. Hold each of them, once
/// written, until `stanzas_acknowledged`.
struct hold_written {};
/// The peer will not acknowledge. Held stanzas count as delivered when written, as on any other
/// stream.
struct stop_holding {
  std::string condition; ///< in the peer's `<failed/>`, for the log; may be empty.
};
/// The peer has acknowledged this many more of the written stanzas, the oldest first.
struct stanzas_acknowledged {
  uint32_t count = 0; ///< never 0.
};
/// For the log. Sent once, when both ends have agreed.
struct management_enabled {
  bool resumable = false;
};
/// Receiving: the peer wants to resume this session. Answer by `resume` or `refuse_resume`.
struct resume_asked {
  std::string id;
};
/// The end of a former stream is settled. Of its unacknowledged stanzas, the first `acknowledged`
/// have arrived. This stream must send the rest again, before any newer stanza.
struct session_settled {
  uint32_t acknowledged = 0;
  /// If false, the peer knows nothing of the session, or only the count. Some of the other stanzas
  /// may have arrived as well, and would be duplicated.
  bool resumed = false;
};

/// The reasons why stream management ends a stream.
enum class management_fault : uint8_t {
  misuse,                 ///< an element that is not allowed here.
  handled_count_too_high, ///< an acknowledgement of stanzas that were never sent.
  timed_out,              ///< the peer stopped acknowledging.
};
/// End the stream with this error.
struct management_broken {
  management_fault fault = management_fault::misuse;
  stream_error error = stream_error::undefined_condition;
  std::string detail = {};
  std::string application = {}; ///< child of the stream error (RFC 6120 §4.9.4); may be empty.
};

using management_action =
  std::variant<send_xml, send_ahead, hold_written, stop_holding, stanzas_acknowledged,
               management_enabled, resume_asked, session_settled, management_broken>;
/// Actions to be run in order.
using management_actions = std::vector<management_action>;

/// Counts stanzas in both directions of one stream, acknowledges received ones, and requests
/// acknowledgement of sent ones. Does no I/O and reads no clock.
///
///     initiating   off -> asked -> on               (`<enable/>`; `<failed/>`: off)
///                  off -> resuming -> on            (`<failed/>`: asked)
///     receiving    off -> on, off -> deciding -> on
///     any          -> broken
///
/// When it sends a request (§4 does not prescribe it):
/// - with the last stanza that is about to be written, in the same octets, unless a request is
///   pending: so a quiet stream is acknowledged at once, and a busy one once a round trip;
/// - after every `ask_after_stanzas` or `ask_after_octets` written, so that a large amount of data
///   is acknowledged while it is sent;
/// - again after a quarter of `options::acknowledge` if a stanza is still unacknowledged;
/// - if nothing was received for `options::keepalive`, instead of white space.
///
/// A request without progress for `options::acknowledge` breaks the stream, and so does an
/// unanswered `<enable/>` or `<resume/>`. Progress is an acknowledgement of more stanzas than
/// before, or of all.
///
/// Decisions that XEP-0198 leaves open:
/// - An `h` that goes back, by less than 2^31, is ignored. An acknowledgement cannot be withdrawn,
///   and unacknowledged stanzas stay so.
/// - Before stream management is on, a receiving server answers `<r/>` and `<a/>` by `<failed/>`
///   with `unexpected-request`. An initiating server ends the stream, since it has sent no request
///   yet.
/// - A second `<enable/>` ends the stream; one after `<failed/>` does not.
///
/// How servers use it between servers:
/// - Prosody 0.12 and 13 (mod_smacks, on by default) offer it in the features of a stream that is
///   already authenticated, hence only after SASL EXTERNAL. Dialback follows the features and
///   brings no new ones, so a stream that uses dialback has no offer, though Prosody would accept
///   an `<enable/>`. Prosody sends `<enable/>` once its own stream is up, without `resume`. Stanzas
///   that waited for the stream may come before it and are not counted. It sends a request after
///   each stanza unless one is pending, and closes a stream that does not answer within its read
///   timeout (14 minutes). It closes the stream after an `<a/>` whose `h` is lower than the last or
///   higher than the number sent, and after any `<r/>` before stream management is on.
/// - Prosody has no resumption here. To an `<enable/>` that asks for it, 0.12 answers
///   `resume='true'` without an identifier, and 13 answers with neither. Both answer `<resume/>` on
///   another stream than the one that it came on. When a stream ends, Prosody bounces
///   unacknowledged stanzas (`recipient-unavailable`), or sends them again if `smacks_s2s_resend`
///   is set.
/// - ejabberd (mod_stream_mgmt, up to 24.12) has it for clients only. Its s2s streams neither offer
///   nor request it.
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
    bool wants_resumption = false;                   ///< initiating: whether to ask for it.
    /// Receiving: the new stream's identifier for peers that want to resume it. Empty: no
    /// resumption. It must be unguessable, since it reveals how many stanzas were handled.
    std::string resume_id = {};
    std::chrono::seconds resume_max{0}; ///< receiving: how long the owner keeps the session.
  };

  static constexpr uint32_t ask_after_stanzas = 128;
  static constexpr uint64_t ask_after_octets = 131072;
  /// With more stanzas than this in the outbox `before_flush` asks for no request: more will
  /// follow.
  static constexpr size_t few_stanzas = 32;
  /// The number of `<failed/>` answers on one stream. A peer that goes on asking is cut off.
  static constexpr uint32_t most_refusals = 16;

  explicit stream_management(options opts) : opts_(std::move(opts)) {}

  /// @name Events. In the phase `broken` all return nothing.
  /// @{

  /// Initiating: begins, since the peer offers it and both ends are authenticated. Sends
  /// `<enable/>`, or `<resume/>` if there is a session to resume. In that case nothing may be sent
  /// until `session_settled`.
  management_actions start(time_point now, std::optional<management_session> former = {});
  /// Receiving: permits `<enable/>` and `<resume/>`, since the peer is authenticated.
  void permit() { permitted_ = true; }

  /// Processes an element. Stanzas `handled` before it must have been reported before it.
  /// @param node is in `ns::stream_management`; any other is misuse.
  management_actions on_element(const stream_element::node& node, time_point now);

  /// Reports that this many stanzas were taken from the peer. Neither end counts stanzas before
  /// `<enable/>`.
  void handled(uint32_t stanzas, time_point now);

  /// Reports that this many stanzas to be held were written to their last octet.
  management_actions written(uint32_t stanzas, uint64_t octets, time_point now);

  /// Reports that the outbox is about to be written, with this many stanzas to be held. Must not be
  /// called while the outbox holds stanzas back.
  /// @returns whether to append `request_xml()` after the stanzas.
  bool before_flush(size_t stanzas, time_point now);
  static std::string request_xml();

  /// Returns the answer to all requests since the last call, to be written before the next stanza;
  /// empty if there was no request. Call it when the answer can be written, so that only one answer
  /// is pending however many requests a peer sends meanwhile.
  std::string take_answer();

  /// Receiving, after `resume_asked`: resumes that session.
  management_actions resume(const management_session& former, time_point now);
  /// Receiving, after `resume_asked`: refuses, since there is no such session.
  /// @param handled how many stanzas the session handled, if nothing more is known of it.
  management_actions refuse_resume(std::optional<uint32_t> handled = {});

  /// Reports that `next_deadline` may have passed.
  management_actions on_time(time_point now);
  /// @}

  /// Returns the time at which to call `on_time`; `time_point::max()` if there is none.
  time_point next_deadline() const;

  /// Returns the octets to write right before the stream's footer: the number of handled stanzas
  /// (§4 asks for it). Empty if stream management is not on.
  std::string final_count_xml() const;

  /// Returns the state to keep if the stream does not end in order; nothing if it cannot be
  /// resumed.
  std::optional<management_session> session() const;

  /// Returns the id of the session that can be resumed, even after it is broken, or that is being
  /// resumed; empty if there is none.
  std::string_view session_id() const { return former_.id; }

  phase state() const { return phase_; }
  bool on() const { return phase_ == phase::on; }
  /// Returns the number of stanzas written and not acknowledged.
  uint64_t unacknowledged() const { return sent_ - acknowledged_; }

private:
  void enable(time_point now, management_actions& out);
  void enter_on(time_point now, management_actions& out);
  void ask(uint64_t covered, time_point now);
  void heard(time_point now);
  management_actions on_enable(const management_element& element, time_point now);
  management_actions on_enabled(const management_element& element, time_point now);
  management_actions on_answer(const management_element& element, time_point now);
  management_actions on_resume(const management_element& element);
  management_actions on_resumed(const management_element& element, time_point now);
  management_actions on_failed(const management_element& element, time_point now);
  management_actions out_of_place(management_element::kind received);
  management_actions refuse(std::string_view condition, std::optional<uint32_t> h = {});
  management_actions too_high(uint32_t h, uint32_t sent);
  management_actions break_off(management_broken why);
  /// Continues the session where the peer, which has handled `h` stanzas, stopped.
  void take_up(const management_session& former, uint32_t h);

  options opts_;
  phase phase_ = phase::off;
  bool permitted_ = false;
  bool resumable_ = false;
  bool answer_due_ = false;
  uint32_t refusals_ = 0;
  uint32_t handled_ = 0;
  uint64_t sent_ = 0;         ///< this and the next two: the peer counts them modulo 2^32.
  uint64_t acknowledged_ = 0; ///< at most `sent_`.
  uint64_t asked_for_ = 0;    ///< the last request covers all stanzas up to here.
  uint64_t unasked_octets_ = 0;
  uint32_t requests_ = 0; ///< sent and not answered; an unrequested `<a/>` counts as an answer.
  time_point asked_at_{};
  time_point heard_at_{};
  std::optional<time_point> waiting_since_; ///< a request is pending without progress since then.
  std::optional<management_session> left_;  ///< in `broken`: the session that can be resumed.
  /// In `resuming` and `deciding`: the former session. Later: `id`, `max`, `location` of this
  /// stream.
  management_session former_;
  std::optional<uint32_t> asked_h_; ///< in `deciding`: the `h` in the peer's `<resume/>`.
};

std::string_view to_string(stream_management::phase phase);
std::string_view to_string(management_fault fault);

} // namespace fedhub
