// Stanzas as a stream would bring them, for tests of objects that hold and move stanzas.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <caf/make_counted.hpp>
#include <gmock/gmock.h>

#include "actors/stanzas/accounting.hpp"
#include "actors/stanzas/stanza.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/text/jid.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub::test {

inline std::string message(std::string_view id, std::string_view to = "b@corp.example",
                           std::string_view from = "a@partner.example") {
  return "<message from='" + std::string{from} + "' to='" + std::string{to} + "' id='"
         + std::string{id} + "'><body>hello</body></message>";
}

/// Returns a message of exactly `size` octets.
inline std::string message_of_size(std::string_view id, size_t size) {
  auto text = message(id);
  text.insert(text.find("hello"), size - text.size(), 'x');
  return text;
}

inline domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

/// A source stream: scans texts, and cuts stanzas from chunks that are larger than the stanzas.
class source_stream {
public:
  static constexpr std::string_view server_header =
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0'>";

  explicit source_stream(stanza_direction direction = stanza_direction::from_world,
                         std::shared_ptr<flow_credit> credit = nullptr,
                         std::string_view header = server_header)
    : scanner_(xml_limits{}) {
    auto result = scanner_.next(header);
    EXPECT_EQ(result.status, scan_status::header) << result.reason;
    auto parsed = parse_stream_header(header, scanner_);
    source_ = caf::make_counted<stanza_source>(
      source_context{parsed.bindings, parsed.content_namespace, parsed.lang}, direction,
      std::move(credit));
  }

  /// @param neighbours octets of other stanzas in its chunk, which have ended.
  stanza cut(std::string_view xml, time_point since = {}, size_t neighbours = 0) {
    auto item = scanner_.next(xml);
    EXPECT_EQ(item.status, scan_status::element) << item.reason << " in " << xml;
    auto buffer = caf::make_counted<chunk>(xml.size() + neighbours + 64, source_);
    std::memcpy(buffer->data(), xml.data(), xml.size());
    buffer->charge(xml.size() + neighbours);
    buffer->commit();
    stanza stanza;
    stanza.data = buffer->data();
    stanza.size = static_cast<uint32_t>(xml.size());
    stanza.buffer = std::move(buffer);
    auto& tag = scanner_.tag();
    stanza.tag = tag_digest{tag};
    stanza.kind = parse_stanza_kind(tag.name.of(xml));
    stanza.from = domain_of(tag.from ? tag.from.of(xml) : std::string_view{});
    stanza.to = domain_of(tag.to ? tag.to.of(xml) : std::string_view{});
    stanza.since = since;
    return stanza;
  }

  const stanza_source_ptr& source() const { return source_; }

private:
  const seen_domain* domain_of(std::string_view raw) {
    auto address = unescape(raw);
    auto parts = split_jid(address);
    return parts ? source_->intern(parts->domain) : nullptr;
  }

  xml_scanner scanner_;
  stanza_source_ptr source_;
};

inline std::string id_of(const stanza& x) {
  return std::string{restore_tag(x.text(), x.tag).id.of(x.text())};
}

inline std::vector<std::string> ids_of(const std::vector<stanza>& xs) {
  std::vector<std::string> result;
  for (auto& x : xs)
    result.push_back(id_of(x));
  return result;
}

/// A test with its own metrics and account.
class account_test : public testing::Test {
protected:
  static constexpr auto world = stanza_direction::from_world;
  static constexpr int64_t plenty = int64_t{1} << 40;

  double delivered() const { return metrics.stanzas_delivered.at(world).Value(); }
  double queued() const { return metrics.stanzas_queued.at(world).Value(); }
  double queued_octets() const { return metrics.queued_octets.Value(); }
  double dropped(failure why) const { return metrics.stanzas_dropped.at(world, why).Value(); }
  double bounced(failure why) const { return metrics.stanzas_bounced.at(world, why).Value(); }

  /// Ends stanzas that the test no longer needs.
  void settle(std::vector<stanza> xs) {
    for (auto& x : xs)
      account.dropped(x, failure::shutting_down);
  }

  hub_metrics metrics{"test"};
  accounting account{metrics, plenty};
};

} // namespace fedhub::test
