#include "actors/stanzas/condenser.hpp"

#include <cstring>

#include <caf/make_counted.hpp>

namespace fedhub {

namespace {
/// Stanzas leave a chunk if they are at most one part in `least_gain` of it.
constexpr size_t least_gain = 4;
} // namespace

void condenser::finish() {
  if (!row_.empty() && octets_ * least_gain <= row_.front()->buffer->capacity()) {
    auto own = caf::make_counted<chunk>(octets_, row_.front()->buffer->source_handle());
    own->charge(octets_);
    own->commit();
    char* to = own->data();
    for (auto* stanza : row_) {
      std::memcpy(to, stanza->data, stanza->size);
      stanza->data = to;
      stanza->buffer = own;
      to += stanza->size;
    }
  }
  row_.clear();
  octets_ = 0;
}

} // namespace fedhub
