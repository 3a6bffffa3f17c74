// One event of the history as a line.
#pragma once

#include <string>

#include "conf/ctl/field_text.hpp"
#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

/// Returns an event as one line without its end, cut to the terminal's width: the time in UTC,
/// since a line stays on the screen while time passes.
std::string event_line(const json& event, const text_style& style);

/// Returns whether an event is one of those wanted. @param filter its domain is in the form that
/// the hub has.
bool is_wanted_event(const json& event, const event_filter& filter);

} // namespace fedhub::ctl
