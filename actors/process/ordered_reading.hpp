// Reads and changes the configuration's files as an operator orders it.
#pragma once

#include <atomic>
#include <filesystem>

#include "actors/interfaces/configuration.hpp"
#include "actors/process/configuration_reader.hpp"

namespace fedhub {

/// Carries out an order as far as files go: reads them, judges the change, and writes it. Nothing
/// is written unless the whole configuration is good. Blocks while the files' servers hang, so
/// actors must not call it.
///
/// The result has `ordered`. It is to be put in force if its status is 200, unless the order was a
/// dry run or `list`.
/// @param stage becomes `writing` before the change is written. If it is `given_up`, nothing is
/// written.
configuration_read read_ordered(const std::filesystem::path& file, const settings& old,
                                const configuration_order& order, std::atomic<order_stage>& stage);

} // namespace fedhub
