// What streams have last said of themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "actors/interfaces/connection.hpp"
#include "protocol/admin/stream_row.hpp"

namespace fedhub {

/// Holds the last description of streams that were asked for one, for answers that must not wait
/// for an actor that is busy. At most `most`: one more, and all are forgotten.
///
/// A value. Belongs to one actor.
class last_descriptions {
public:
  static constexpr size_t most = 4000;

  void note(const stream_row_ptr& row) {
    if (rows_.size() >= most)
      rows_.clear();
    rows_.insert_or_assign(row->id, row);
  }

  /// Returns the last description; null if there is none.
  stream_row_ptr find(uint64_t id) const {
    const auto known = rows_.find(id);
    return known != rows_.end() ? known->second : nullptr;
  }

  void forget(uint64_t id) { rows_.erase(id); }

private:
  std::unordered_map<uint64_t, stream_row_ptr> rows_;
};

} // namespace fedhub
