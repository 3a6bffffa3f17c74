#include "actors/capture/stream_tap.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/capture/masked_elements.hpp"
#include "protocol/text/jid.hpp"
#include "protocol/text/xml_chars.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

/// Returns the domain of a raw address; empty if there is none.
domain_name domain_of(std::string_view address) {
  if (address.empty())
    return {};
  return domain_name::parse(domain_part(unescape(address))).value_or(domain_name{});
}

/// Returns whether the element's addresses are those of its stream: headers and dialback.
bool names_stream(std::string_view element) {
  return element == "stream" || element == "result" || element == "verify";
}

} // namespace

void stream_tap::name(const domain_name& domain) {
  if (!domain.empty() && names_.size() < most_names
      && std::ranges::find(names_, domain) == names_.end())
    names_.push_back(domain);
}

bool stream_tap::selects(const capture_filter& filter, const domain_name& from,
                         const domain_name& to) const {
  if (filter.stream() != 0)
    return filter.stream() == stream_->id;
  if (filter.selects(from) || filter.selects(to))
    return true;
  return (from.empty() || to.empty())
         && std::ranges::any_of(names_, [&](const auto& name) { return filter.selects(name); });
}

void stream_tap::pass_on(bool sent, std::string_view element, std::string_view rest) {
  if (xml::trim(element).empty()) // a keepalive
    return;
  const auto names = names_of_element(element);
  const auto from = domain_of(names.from);
  const auto to = domain_of(names.to);
  if (names_stream(names.name)) {
    name(from);
    name(to);
  }
  for (const auto& capture : *running_)
    if (capture->open.load(std::memory_order_relaxed) && selects(capture->filter, from, to)) {
      captured_octets part{capture, stream_, std::chrono::system_clock::now(), sent, {}};
      part.octets.reserve(element.size() + rest.size());
      part.octets.append(element).append(rest);
      queue_->add(std::move(part));
    }
}

} // namespace fedhub
