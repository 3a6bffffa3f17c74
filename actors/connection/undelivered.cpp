#include "actors/connection/undelivered.hpp"

#include <iterator>

namespace fedhub {

void undelivered::add_older(std::vector<stanza> older) {
  if (stanzas_.empty())
    stanzas_ = std::move(older);
  else
    stanzas_.insert(stanzas_.begin(), std::make_move_iterator(older.begin()),
                    std::make_move_iterator(older.end()));
}

std::optional<undelivered::kept> undelivered::take_kept() {
  const auto resumable = std::exchange(kept_, nullptr);
  if (!resumable)
    return std::nullopt;
  const auto end = stanzas_.begin() + static_cast<ptrdiff_t>(resumable->count);
  kept result{std::move(resumable->session),
              {std::make_move_iterator(stanzas_.begin()), std::make_move_iterator(end)}};
  stanzas_.erase(stanzas_.begin(), end);
  return result;
}

} // namespace fedhub
