#include "metrics/http/http_precondition.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "metrics/http/http_grammar.hpp"

namespace fedhub {

namespace {

constexpr std::string_view weak_mark = "W/";

/// Returns whether an entity tag may have this octet between its quotes (RFC 9110 §8.8.3).
bool is_tag_octet(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet == 0x21 || (octet >= 0x23 && octet != 0x7f);
}

/// Removes an entity tag from the front. @returns the tag, with its mark and quotes; empty if the
/// text does not begin with one.
std::string_view take_entity_tag(std::string_view& text) {
  const size_t open = text.starts_with(weak_mark) ? weak_mark.size() : 0;
  if (text.size() <= open || text[open] != '"')
    return {};
  const auto close = text.find('"', open + 1);
  if (close == text.npos
      || !std::ranges::all_of(text.substr(open + 1, close - open - 1), is_tag_octet))
    return {};
  const auto tag = text.substr(0, close + 1);
  text.remove_prefix(tag.size());
  return tag;
}

/// Returns the tags of a list (RFC 9110 §5.6.1.2: empty elements are skipped). Nothing if it is
/// malformed.
std::optional<std::vector<std::string_view>> entity_tags(std::string_view list) {
  std::vector<std::string_view> tags;
  for (;;) {
    list = trim_white_space(list);
    if (list.empty())
      return tags;
    if (!list.starts_with(',')) {
      const auto tag = take_entity_tag(list);
      list = trim_white_space(list);
      if (tag.empty() || (!list.empty() && !list.starts_with(',')))
        return {};
      tags.push_back(tag);
    }
    if (!list.empty())
      list.remove_prefix(1);
  }
}

} // namespace

http_precondition judge_if_match(const http_fields& headers, std::string_view current) {
  std::string list;
  bool found = false;
  for (const auto& [name, value] : headers) {
    if (!equal_http_names(name, "If-Match"))
      continue;
    list += (found ? "," : "") + value;
    found = true;
  }
  if (!found)
    return http_precondition::absent;
  const bool any = trim_white_space(list) == "*";
  const auto tags = any ? std::vector<std::string_view>{} : entity_tags(list);
  if (!tags || (tags->empty() && !any))
    return http_precondition::malformed;
  const bool met =
    any ? !current.empty()
        : !current.starts_with(weak_mark) && std::ranges::find(*tags, current) != tags->end();
  return met ? http_precondition::met : http_precondition::failed;
}

std::string strong_entity_tag(std::string_view version) { return '"' + std::string{version} + '"'; }

} // namespace fedhub
