// From the arguments of `config` to requests.
#pragma once

#include <string>
#include <vector>

#include "conf/ctl/invocation.hpp"

namespace fedhub::ctl {

// Each function below returns the task of the command of its name. Each throws `wrong_argument`.

/// @param settings "KEY=VALUE": a key with dots, parts in quotes if they have other characters; a
/// value in JSON, or else a text as it is. `null` takes the key back.
/// @param dry_run only judges the change.
task set_config_task(const std::vector<std::string>& settings, bool dry_run);
/// Adds a row, or changes the row of the same identity.
/// @param table "static_route", "trust" or "node".
/// @param settings the keys of the row, those of its identity among them.
task add_config_task(const std::string& table, const std::vector<std::string>& settings,
                     bool dry_run);
/// @param identity a name, a domain, or a domain with an address after a space.
task remove_config_task(const std::string& table, const std::string& identity, bool dry_run);
task config_history_task();
task undo_config_task(bool dry_run);
/// Judges the files as they are now.
task check_config_task();

} // namespace fedhub::ctl
