// The diagnostics actor: it looks into the hub and its surroundings when an operator asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/log/log.hpp"
#include "actors/runtime/atoms.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/admin/explanation.hpp"
#include "protocol/admin/log_row.hpp"
#include "protocol/admin/problem_document.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// @name The requests to the diagnostics actor.
/// @{

/// Asks for the levels of the log.
struct log_question {};

/// Sets the level of one module of the log for some time.
struct log_order {
  /// The time if the request names none.
  static constexpr std::chrono::seconds usual_time{600};
  /// The longest time. A level that an operator forgets must not fill a disk for ever.
  static constexpr std::chrono::seconds longest_time{86400};

  log_module module = log_module::hub;
  conf::log_level level = conf::log_level::info;
  std::chrono::seconds time = usual_time; ///< 1 s..`longest_time`.
};

/// Erases cached DNS answers.
struct flush_order {
  domain_name name; ///< and all names below it; empty: all names.
};

/// One end of the way that `explain` looks at.
struct explained_address {
  domain_name domain;
  std::string bare; ///< the bare JID, or the domain: nodes that share a domain divide by it.
};

/// Asks what would happen to a stanza.
struct explain_question {
  explained_address from;
  explained_address to;
  bool connect = false; ///< also opens a stream that carries no stanza; only if `to` is remote.
};

/// A part of the hub's set-up.
enum class checked_part : uint8_t { dns, certificates, reach, nodes, estate };
inline constexpr checked_part all_checked_parts[] = {checked_part::dns, checked_part::certificates,
                                                     checked_part::reach, checked_part::nodes,
                                                     checked_part::estate};

/// Returns the API's word.
std::string_view to_string(checked_part part);

/// Asks how the hub's own set-up is.
struct check_question {
  std::vector<checked_part> parts; ///< each once, in the order of the enumeration.
};

using diagnosis_request =
  std::variant<log_question, log_order, flush_order, explain_question, check_question>;
/// @}

/// The answer. `std::monostate`: an order was carried out.
using diagnosis = std::variant<std::vector<admin::log_row>, std::monostate, admin::explanation,
                               admin::problem_document>;

using diagnosis_request_ptr = std::shared_ptr<const diagnosis_request>;
using diagnosis_ptr = std::shared_ptr<const diagnosis>;

/// The longest time from a request to its answer. Steps without a result by then have failed.
inline constexpr std::chrono::seconds diagnosis_time{15};

/// The DIAGNOSTICS interface.
using diagnostics_actor = caf::typed_actor<
  // API: answer this, within `diagnosis_time`.
  caf::replies_to<ask_atom, diagnosis_request_ptr>::with<diagnosis_ptr>,
  // INTERNAL: the time of a log level may be over.
  caf::reacts_to<tick_atom>>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::diagnosis_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::diagnosis_ptr)
