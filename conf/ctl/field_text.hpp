// Values of the API as texts for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "conf/ctl/display_width.hpp"
#include "conf/ctl/json_answer.hpp"
#include "conf/ctl/readable.hpp"

namespace fedhub::ctl {

/// How an answer is shown.
struct text_style {
  moment now;              ///< that times are relative to.
  size_t width = no_limit; ///< columns of the terminal.
  bool ascii = false;      ///< the terminal shows no UTF-8.

  std::string_view ellipsis() const { return ascii ? "~" : "…"; }
};

/// Octets that one value takes at most. Whoever makes the hub learn a longer text makes no longer
/// line.
inline constexpr size_t most_value_octets = 4096;

/// Returns a text of unknown origin without anything that a terminal could act on (`printable`).
std::string safe_text(std::string_view text, const text_style& style);

/// Returns the value of the field `key` for people: times are relative, durations and sizes have
/// units. A value of another type than the field should have is shown as it is. Null is an empty
/// text.
std::string field_text(std::string_view key, const json& value, const text_style& style);

/// Returns whether `field_text` shows only some members of an object.
bool is_shown_in_part(const json& object);

/// Returns the text of a member, `field_text`; empty if there is none.
std::string member_text(const json& object, std::string_view key, const text_style& style);

/// Returns a failure with its detail: "dns-not-found: no such name"; or the one that there is.
std::string failure_text(const json& object, const text_style& style);

/// Returns a field's name for people: "last success" for `last_success`.
std::string label_of(std::string_view key, const text_style& style);

} // namespace fedhub::ctl
