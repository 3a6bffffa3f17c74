#include "actors/stanzas/stanza.hpp"

#include <algorithm>
#include <cstring>

#include <caf/make_counted.hpp>

#include "actors/stanzas/accounting.hpp"
#include "protocol/text/jid.hpp"

namespace fedhub {

const seen_domain* stanza_source::look_up(std::string_view raw) {
  auto known = domains_.find(raw);
  if (known == domains_.end()) {
    auto name = domain_name::parse(raw);
    if (!name)
      return nullptr;
    bool normal = name->wire() == raw;
    known = domains_.try_emplace(std::string{raw}, std::move(*name), normal).first;
    if (auto& entry = known->second; entry.name.deviates())
      entry.other = taken_for(entry, entry.name.transitional());
    if (recent_.empty())
      recent_.resize(few_places);
    else if (domains_.size() > 2 * few_places && recent_.size() == few_places)
      recent_.assign(many_places, {});
  }
  auto& place = place_of(raw).domains;
  place[1] = std::exchange(place[0], {known->first, &known->second});
  return &known->second;
}

const seen_domain* stanza_source::taken_for(const seen_domain& domain, const domain_name& name) {
  if (domain.name == name)
    return &domain;
  if (domain.other != nullptr && domain.other->name == name)
    return domain.other;
  // No address contains a NUL, so the key is no domainpart. The octets are rewritten in any case,
  // so all spellings of the domain share one entry.
  auto key = domain.name.str() + '\0' + name.str();
  return &domains_.try_emplace(std::move(key), name, false, &domain).first->second;
}

chunk::~chunk() { discharge(); }

chunk_ptr make_chunk(std::string_view text, stanza_source_ptr source) {
  auto own = caf::make_counted<chunk>(text.size(), std::move(source));
  std::memcpy(own->data(), text.data(), text.size());
  own->charge(text.size());
  own->commit();
  return own;
}

void chunk::discharge() {
  uncommitted_ = 0;
  if (auto octets = charged_.exchange(0, std::memory_order_relaxed); octets != 0)
    source_->credit()->release(octets);
}

void chunk::discharge(size_t octets) const noexcept {
  // Stanzas made by the hub may not have been charged.
  auto charged = charged_.load(std::memory_order_relaxed);
  int64_t given = 0;
  do
    given = std::min(charged, static_cast<int64_t>(octets));
  while (given != 0
         && !charged_.compare_exchange_weak(charged, charged - given, std::memory_order_relaxed));
  if (given != 0)
    source_->credit()->release(given);
}

void chunk::commit() {
  auto octets = std::exchange(uncommitted_, 0);
  if (auto* credit = source_->credit(); credit != nullptr && octets != 0) {
    credit->charge(octets);
    charged_.fetch_add(octets, std::memory_order_relaxed);
  }
}

std::string_view addressee(const stanza& stanza) {
  auto parts = split_jid(stanza.tag.to_of(stanza.text()));
  return parts ? parts->bare : std::string_view{stanza.to->name.wire()};
}

bool detached(const stanza& x) { return x.buffer->lone(); }

void detach(stanza& stanza) {
  if (detached(stanza))
    return;
  auto own = caf::make_counted<chunk>(stanza.size, stanza.buffer->source_handle(), true);
  std::memcpy(own->data(), stanza.data, stanza.size);
  stanza.data = own->data();
  stanza.buffer = std::move(own);
}

stanza_batch::~stanza_batch() {
  for (auto& stanza : stanzas)
    if (!stanza.settled())
      account_.lost(stanza);
}

} // namespace fedhub
