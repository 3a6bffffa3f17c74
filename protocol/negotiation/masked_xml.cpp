#include "protocol/negotiation/masked_xml.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "protocol/negotiation/dialback.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub {

namespace {

/// Elements whose character data is not secret.
constexpr std::array<std::string_view, 5> open_words{"mechanism", "text", "see-other-host",
                                                     "max-bytes", "idle-seconds"};

std::string_view local_name(std::string_view name) {
  const auto colon = name.find(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

std::string length_of(std::string_view text) {
  return "[" + std::to_string(text.size()) + " octets]";
}

/// Returns the octets up to the first `>` outside attribute values; all if there is none.
std::string_view tag_at_start(std::string_view xml) {
  char quote = 0;
  for (size_t i = 0; i < xml.size(); ++i) {
    const char c = xml[i];
    if (quote != 0)
      quote = c == quote ? 0 : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == '>')
      return xml.substr(0, i + 1);
  }
  return xml;
}

/// Returns the local name of the element of a start or end tag.
std::string_view name_of(std::string_view tag) {
  tag.remove_prefix(tag.starts_with("</") ? 2 : 1);
  const auto end = std::ranges::find_if(tag, [](char c) { return xml::may_follow_name(c); });
  return local_name(tag.substr(0, static_cast<size_t>(end - tag.begin())));
}

/// Returns whether an attribute's value lets its reader resume the stream.
bool resumes(std::string_view element, std::string_view attribute) {
  return attribute == "previd" || (attribute == "id" && element == "enabled");
}

void append_tag(std::string& out, std::string_view tag, std::string_view element) {
  while (!tag.empty()) {
    const auto open = tag.find_first_of("'\"");
    if (open == tag.npos) {
      out += tag;
      return;
    }
    const auto close = std::min(tag.find(tag[open], open + 1), tag.size());
    auto before = tag.substr(0, open);
    out.append(before).append(1, tag[open]);
    while (!before.empty() && (before.back() == '=' || xml::is_space(before.back())))
      before.remove_suffix(1);
    const auto begin = std::ranges::find_if(before.rbegin(), before.rend(), xml::is_space);
    const auto attribute =
      before.substr(before.size() - static_cast<size_t>(begin - before.rbegin()));
    const auto value = tag.substr(open + 1, close - open - 1);
    out += resumes(element, local_name(attribute)) ? length_of(value) : std::string{value};
    tag.remove_prefix(close);
    if (!tag.empty()) {
      out += tag.front();
      tag.remove_prefix(1);
    }
  }
}

void append_text(std::string& out, std::string_view text, std::string_view element) {
  if (std::ranges::all_of(text, xml::is_space) || std::ranges::count(open_words, element) != 0)
    out += text;
  else if (element == "result" || element == "verify")
    out += shorten_key(text);
  else
    out += length_of(text);
}

} // namespace

std::string mask_secrets(std::string_view xml) {
  std::string result;
  std::vector<std::string_view> open;
  while (!xml.empty()) {
    const bool markup = xml.front() == '<';
    const auto part = markup ? tag_at_start(xml) : xml.substr(0, xml.find('<'));
    xml.remove_prefix(part.size());
    if (!markup) {
      append_text(result, part, open.empty() ? std::string_view{} : open.back());
      continue;
    }
    if (part.starts_with("<![CDATA[")) { // never written by the hub
      result += length_of(part);
      continue;
    }
    const auto name = name_of(part);
    append_tag(result, part, name);
    if (part.starts_with("</")) {
      if (!open.empty())
        open.pop_back();
    } else if (!part.ends_with("/>") && !part.starts_with("<?") && !part.starts_with("<!")) {
      open.push_back(name);
    }
  }
  return result;
}

} // namespace fedhub
