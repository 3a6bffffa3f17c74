// Which events go when the file has no room for more.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "actors/history/history_file.hpp"

namespace fedhub {

/// The number of rows of each kind, by the kind's word.
using event_counts = std::map<std::string, uint64_t, std::less<>>;

/// Returns the kind whose oldest rows go next: the one that exceeds its share of the rows most.
/// Peers cause most events, so that a flood of one kind must not push out the others. Empty if
/// there are no rows.
std::string most_over_its_share(const event_counts& counts);

/// Deletes rows until `octets` more fit within `bound`. Frees 1/64 of the bound more, so that it
/// has little to do the next times. Call it within a transaction for writing.
void make_room_for_events(history_file& file, uint64_t octets, uint64_t bound);

} // namespace fedhub
