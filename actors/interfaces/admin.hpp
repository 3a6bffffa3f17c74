// The admin actor: it knows which streams and domains there are, and answers questions about them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/runtime/atoms.hpp"
#include "metrics/labels.hpp"
#include "protocol/admin/answer_json.hpp"
#include "protocol/admin/attempt_row.hpp"
#include "protocol/admin/name_match.hpp"
#include "protocol/admin/problem_document.hpp"
#include "protocol/admin/traffic_row.hpp"
#include "protocol/errors/failure.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// What a connection reports of its stream when that changes.
struct stream_news {
  uint64_t id = 0;
  stream_leg leg = stream_leg::s2s_in;
  stream_state state = stream_state::negotiating;
  bool ended = false; ///< nothing more comes of this stream.
  /// A domain that the peer has just proved, or, while the stream is negotiating, the domain that
  /// the hub dials. Empty: none.
  domain_name peer = {};
  admin::traffic_row traffic = {}; ///< of the whole stream; only if it has ended.
  /// @name Of a stream only that claims a node or a node's domain, and is refused.
  /// @{
  std::string claim = {}; ///< the local domain or the node; empty: it claimed none.
  std::string error = {}; ///< the peer's address, and why it was refused.
  /// @}
  /// @name Of a node's link only.
  /// @{
  std::string node = {};    ///< a component's node; empty until it is proved.
  std::string address = {}; ///< the peer's, with its port.
  /// @}
};

/// What a domain actor reports of itself when that changes.
struct domain_news {
  domain_name domain;
  enum class phase : uint8_t {
    idle,       ///< no stream is wanted.
    connecting, ///< an attempt is under way.
    waiting,    ///< the next attempt is planned.
    ready,      ///< the hub's own stream is negotiated.
    gone,       ///< the actor ends.
  } now = phase::idle;
  failure why = failure::none; ///< why the last attempt failed; `none`: it did not fail.
  std::string detail;
  uint32_t failures = 0; ///< attempts in a row that gave no lasting stream.
  std::optional<std::chrono::steady_clock::time_point> next_attempt;
  /// Earlier failures hold up all attempts until then, also while no stanza waits; only if asked.
  std::optional<std::chrono::steady_clock::time_point> held_until = {};
  uint64_t queued_stanzas = 0;
  uint64_t queued_bytes = 0;
  uint32_t senders_affected = 0; ///< own domains whose stanzas wait or are refused.
  bool to_node = false;          ///< `domain` is a node's, and the hub can't reach the node.
  bool strangers_only = false;   ///< only strangers' keys have caused the actor's work.
  std::vector<admin::attempt_row> attempts = {}; ///< newest first; only if asked for.

  static constexpr size_t phase_count = 5;
  /// Returns whether the news differ in the domain only. Attempts are not compared.
  bool says_as(const domain_news& other) const {
    return now == other.now && why == other.why && failures == other.failures
           && next_attempt == other.next_attempt && queued_stanzas == other.queued_stanzas
           && queued_bytes == other.queued_bytes && senders_affected == other.senders_affected
           && strangers_only == other.strangers_only && detail == other.detail;
  }
};
using domain_news_ptr = std::shared_ptr<const domain_news>;

/// How much of itself a domain describes.
enum class description : uint8_t { row, attempts_too };

/// Which part of a list is asked for.
struct page_request {
  static constexpr size_t most = 1000;

  size_t limit = 100;     ///< 1..`most`.
  std::string after = {}; ///< `next` of the page before; empty: the first page.
};

/// @name The questions that the admin actor answers.
/// @{
struct status_question {};
struct domains_question {
  admin::name_match match;
  std::optional<admin::domain_state> state;
  std::string sort; ///< see `domain_order::parse`.
  page_request page;
};
struct domain_question {
  domain_name name;
};
struct streams_question {
  admin::name_match match; ///< of the peer's name.
  std::optional<stream_leg> leg;
  std::optional<stream_state> state;
  page_request page;
};
struct stream_question {
  uint64_t id = 0;
};
struct nodes_question {
  page_request page;
};
struct notifications_question {
  page_request page;
};
using admin_question =
  std::variant<status_question, domains_question, domain_question, streams_question,
               stream_question, nodes_question, notifications_question>;
/// @}

/// What an operator has the hub do.
struct admin_order {
  enum class action : uint8_t {
    retry_domain, ///< begin an attempt now.
    close_domain, ///< end all streams of the domain in order.
    close_stream,
    acknowledge, ///< the caller has seen the notification.
  } what = action::retry_domain;
  domain_name domain;        ///< of the first two.
  uint64_t stream = 0;       ///< of `close_stream`.
  uint64_t notification = 0; ///< of `acknowledge`.
  std::string by = {};       ///< who gives it: "uid 1000".
};

/// The answer to a question or an order.
using admin_answer =
  std::variant<admin::hub_status, admin::page<admin::domain_row>, admin::domain_details,
               admin::page<admin::stream_row>, admin::stream_row, admin::page<admin::node_row>,
               admin::page<admin::notification_row>,
               std::monostate, ///< an order was carried out.
               admin::problem_document>;

using admin_question_ptr = std::shared_ptr<const admin_question>;
using admin_order_ptr = std::shared_ptr<const admin_order>;
using admin_answer_ptr = std::shared_ptr<const admin_answer>;

/// The ADMIN interface.
using admin_actor = caf::typed_actor<
  // CONNECTION: a stream has begun, proved a domain, or ended.
  caf::reacts_to<stream_atom, stream_news>,
  // DOMAIN: the way to this domain has changed.
  caf::reacts_to<domain_atom, domain_news_ptr>,
  // API: answer this question, within `answer_time`.
  caf::replies_to<ask_atom, admin_question_ptr>::with<admin_answer_ptr>,
  // API: do this.
  caf::replies_to<order_atom, admin_order_ptr>::with<admin_answer_ptr>,
  // INTERNAL: look for what needs a person.
  caf::reacts_to<tick_atom>>;

/// The longest time that a question waits for the actors that know the answer. Rows of actors that
/// have not answered by then lack their details.
inline constexpr std::chrono::milliseconds answer_time{500};

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::stream_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::domain_news_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::description)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::admin_question_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::admin_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::admin_answer_ptr)
