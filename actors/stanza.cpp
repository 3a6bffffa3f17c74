#include "actors/stanza.hpp"

#include <cstring>

#include <caf/make_counted.hpp>

#include "actors/accounting.hpp"
#include "protocol/jid.hpp"

namespace fedhub {

const seen_domain* stanza_source::intern(std::string_view raw) {
  if (auto known = by_raw_.find(raw); known != by_raw_.end())
    return known->second;
  auto name = domain_name::parse(raw);
  if (!name)
    return nullptr;
  bool normal = name->str() == raw;
  domains_.push_back({std::move(*name), normal});
  by_raw_.emplace(raw, &domains_.back());
  return &domains_.back();
}

chunk::~chunk() { discharge(); }

void chunk::discharge() {
  if (auto octets = std::exchange(charged_, 0); octets != 0)
    source_->credit()->release(octets);
}

void chunk::charge(int64_t octets) {
  if (auto* credit = source_->credit()) {
    credit->charge(octets);
    charged_ += octets;
  }
}

std::string_view addressee(const stanza& x) {
  auto parts = split_jid(x.tag.to.of(x.text()));
  return parts ? parts->bare : std::string_view{x.to->name.str()};
}

bool detached(const stanza& x) { return x.buffer->capacity() == x.size; }

void detach(stanza& x) {
  if (detached(x))
    return;
  auto own = caf::make_counted<chunk>(x.size, x.buffer->source_handle());
  std::memcpy(own->data(), x.data, x.size);
  x.data = own->data();
  x.buffer = std::move(own);
}

stanza_batch::~stanza_batch() {
  for (auto& x : stanzas)
    if (!x.settled())
      account_.dropped(x, failure::shutting_down);
}

} // namespace fedhub
