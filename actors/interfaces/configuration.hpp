// What an operator has the hub do with its configuration, and the outcome.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "conf/file/config_listing.hpp"
#include "conf/file/problem.hpp"

namespace fedhub {

/// An order. A configuration is put in force whole or not at all.
struct configuration_order {
  enum class action : uint8_t {
    reload, ///< read the files again.
    patch,  ///< change the values that the API has set.
    undo,   ///< set them as they were before the last change.
    list,   ///< change nothing; report the last changes.
  } what = action::reload;
  std::string who{};   ///< "uid 1000".
  std::string patch{}; ///< of `patch`: a merge patch in JSON (RFC 7396).
  /// The version of the configuration that the order was made for; nothing: any.
  std::optional<uint64_t> version{};
  bool dry_run = false; ///< judge it only.
  size_t first = 0;     ///< of `list`: the number of the first change to report, from 0.
  size_t limit = 100;   ///< of `list`: the most changes to report.
};

/// Which part of an order has been done. Two threads agree by it on whether a change is still to be
/// written: the one that reads the files, and the supervisor, which gives an order up after a time.
enum class order_stage : uint8_t { judging, writing, given_up };

struct configuration_outcome {
  unsigned status = 200; ///< of HTTP: 200 if the order was carried out, or would be.
  std::string detail{};  ///< why not.
  std::vector<conf::problem> problems{};
  std::vector<std::string> warnings{};
  uint64_t version = 0; ///< of the configuration that is in force then.
  /// The keys whose values in force change. At most `most_changes`.
  std::vector<conf::changed_key> changes{};
  size_t change_count = 0;

  /// The last changes, of `list`; newest first.
  struct past_change {
    uint64_t number = 0;
    std::string time; ///< RFC 3339.
    std::string who;
    bool undo = false;
    std::vector<conf::changed_key> changes; ///< of the console's file; at most `most_changes`.
  };
  std::vector<past_change> history{};
  size_t history_count = 0; ///< all that are kept.

  static constexpr size_t most_changes = 1000;
};

using configuration_order_ptr = std::shared_ptr<const configuration_order>;
using configuration_outcome_ptr = std::shared_ptr<const configuration_outcome>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::configuration_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::configuration_outcome_ptr)
