// Batches of stanzas as a connection cuts them from what it has read.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <caf/make_counted.hpp>

#include "actors/stanzas/accounting.hpp"
#include "actors/stanzas/stanza.hpp"
#include "bench/traffic.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/text/jid.hpp"

namespace fedhub::bench {

/// A source of stanzas, and the metrics that count them.
class stanza_supply {
public:
  stanza_supply() : scanner_(xml_limits{}) {
    scanner_.next(stream_header);
    source_ = caf::make_counted<stanza_source>(
      source_context{scanner_.header_bindings(), std::string{ns::server}, {}},
      stanza_direction::from_world, nullptr);
  }

  accounting& account() { return account_; }

  /// Returns so many stanzas of 250 octets, all slices of one chunk.
  std::vector<stanza> cut(size_t count) {
    size_t round = 0;
    const std::string text = traffic(mix::chat_250, count * 300 + 1200, round);
    auto buffer = caf::make_counted<chunk>(text.size(), source_);
    std::memcpy(buffer->data(), text.data(), text.size());
    std::vector<stanza> all;
    for (std::string_view rest{buffer->data(), text.size()}; all.size() < count;) {
      const auto item = scanner_.next(rest);
      auto& tag = scanner_.tag();
      stanza stanza;
      stanza.buffer = buffer;
      stanza.data = rest.data() + item.skip;
      stanza.size = static_cast<uint32_t>(item.length);
      stanza.tag = tag_digest{tag};
      stanza.kind = stanza_kind::message;
      stanza.from = domain_of(tag.from.of(stanza.text()));
      stanza.to = domain_of(tag.to.of(stanza.text()));
      all.push_back(std::move(stanza));
      rest.remove_prefix(item.skip + item.length);
    }
    return all;
  }

  stanza_batch_ptr batch(std::vector<stanza> xs) {
    auto made = std::make_shared<stanza_batch>(account_);
    made->stanzas = std::move(xs);
    return made;
  }

private:
  const seen_domain* domain_of(std::string_view address) {
    const auto parts = split_jid(address);
    return parts ? source_->intern(parts->domain) : nullptr;
  }

  hub_metrics metrics_{"bench"};
  accounting account_{metrics_, int64_t{1} << 40};
  xml_scanner scanner_;
  stanza_source_ptr source_;
};

} // namespace fedhub::bench
