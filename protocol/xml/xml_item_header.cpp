// The header of a stream: what may stand before it, and what of it holds for the stream's children.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/text/xml_chars.hpp"
#include "protocol/xml/xml_declaration.hpp"
#include "protocol/xml/xml_item.hpp"

namespace fedhub::xml {

namespace {

/// Returns equal bindings of an earlier stream if there are any. Instances of one server program
/// write headers with the same bindings, so their streams share them.
ns_bindings shared(std::vector<ns_binding> bindings) {
  thread_local std::array<ns_bindings, 8> latest;
  thread_local size_t next = 0;
  for (const ns_bindings& known : latest)
    if (std::ranges::equal(known, bindings))
      return known;
  auto& place = latest[next++ % latest.size()];
  place = ns_bindings{std::move(bindings)};
  return place;
}

} // namespace

void item_scanner::begin_header(const xml_limits& limits, bool declaration_allowed) {
  begin(limits, kind::header);
  declaration_allowed_ = declaration_allowed;
  namespaces_.clear();
  header_name_.clear();
  header_default_ = {};
  header_bindings_ = {};
}

step item_scanner::scan_header(mark_window& octets) {
  const char* const item = octets.item();
  const size_t size = octets.size();
  for (;;) {
    while (pos_ < size && is_space(item[pos_]))
      ++pos_;
    if (pos_ == size)
      return step::incomplete;
    if (item[pos_] != '<')
      return fail(not_well_formed("text before the stream header"));
    if (pos_ + 1 == size)
      return step::incomplete;
    switch (item[pos_ + 1]) {
    case '\0':
      return fail(bad_encoding("UTF-16 or UTF-32"));
    case '!':
      return fail(restricted("a comment or document type declaration"));
    case '?':
      if (pos_ != 0 || !declaration_allowed_)
        return fail(restricted("a processing instruction"));
      if (const step result = take_declaration(item, size); result != step::done)
        return result;
      break;
    default:
      return take_start_tag(octets);
    }
  }
}

step item_scanner::take_declaration(const char* item, size_t size) {
  constexpr std::string_view opening = "<?xml";
  const std::string_view seen{item, std::min(size, opening.size())};
  if (!opening.starts_with(seen))
    return fail(restricted("a processing instruction"));
  if (size <= opening.size())
    return step::incomplete;
  if (!is_space(item[opening.size()]))
    return fail(restricted("a processing instruction"));
  if (!find_angle(item, size, opening.size()))
    return step::incomplete;
  const size_t end = search_ + 1;
  search_ = 0;
  if (const fault why = check_declaration({item, end}))
    return fail(why);
  pos_ = end;
  return step::done;
}

void item_scanner::note_header(const char* item) {
  header_name_ = syntax_.name.whole(item);
  header_mark_ = namespaces_.top();
  namespaces_.shrink(); // the header's bindings live as long as the stream
  std::vector<ns_binding> bindings;
  bindings.reserve(namespaces_.size());
  for (namespace_scopes::index i = 1; i < namespaces_.size(); ++i)
    bindings.push_back({std::string{namespaces_.prefix(i)}, std::string{namespaces_.uri(i)}});
  const bool has_default = !root_default_.empty();
  header_default_odd_ = holds_separator(root_default_);
  if (has_default)
    bindings.push_back({{}, root_default_});
  header_bindings_ = shared(std::move(bindings));
  header_default_ = has_default ? (header_bindings_.end() - 1)->uri : std::string_view{};
}

} // namespace fedhub::xml
