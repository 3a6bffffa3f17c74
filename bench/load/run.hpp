// One run, from the first connection to the result.
#pragma once

#include <atomic>
#include <string>

#include <tl/expected.hpp>

#include "bench/load/options.hpp"
#include "bench/load/result.hpp"
#include "bench/load/stanza_stock.hpp"

namespace fedhub::load {

/// Runs the scenario on two threads and measures it in the calling thread. Progress is written to
/// standard error.
/// @param enough ends the measured time when it becomes true, or the whole run if measuring has not
/// begun.
/// @returns the result, or why the run could not be completed.
tl::expected<result, std::string> run_scenario(const options& opts, const stanza_stock& stock,
                                               const std::atomic<bool>& enough);

} // namespace fedhub::load
