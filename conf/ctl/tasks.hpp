// From the arguments of each command to its request.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "conf/ctl/invocation.hpp"
#include "conf/ctl/readable.hpp"

namespace fedhub::ctl {

/// An argument that no hub would understand. `what` is a sentence for the user.
class wrong_argument : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Each function below returns the task of the command of its name. Each throws `wrong_argument`.
// An empty text stands for an argument that is not there.

task status_task();
/// @param sort key of the rows.
task domains_task(const std::string& pattern, bool failing, const std::string& sort);
task domain_task(const std::string& domain);
task streams_task(const std::string& pattern, const std::string& leg);
task nodes_task();
task notifications_task();
task acknowledge_task(const std::string& notification);

/// @param since "2h" (before now), or a time of RFC 3339.
task events_task(const event_filter& filter, const std::string& since, moment now);
task follow_task(const event_filter& filter);
task audit_task();

task retry_task(const std::string& domain);
/// Closes a stream, or all streams of a domain. Asks first for the one that the word looks like: a
/// number is the id of a stream. Asks for the other one if the hub knows none by that name.
task close_task(const std::string& domain_or_stream);
task dns_flush_task(const std::string& name);

task log_task();
/// @param duration until the level falls back by itself, e.g. "10m"; empty: the hub decides.
task set_log_task(const std::string& module, const std::string& level, const std::string& duration);

task explain_task(const std::string& from, const std::string& to, bool connect);
/// @param what empty: all there is.
task check_task(std::vector<std::string> what);
/// Parts of the hub's set-up that `check` can look at.
const std::vector<std::string>& checked_parts();

task config_task(const std::string& key, bool origin);
task reload_task();

} // namespace fedhub::ctl
