#include "protocol/text/xml_escape.hpp"

#include <array>
#include <cstdint>

#include "protocol/text/char_set.hpp"
#include "protocol/text/octet_words.hpp"
#include "protocol/text/xml_reference.hpp"

namespace fedhub {

std::string unescape(std::string_view raw) {
  std::string value;
  value.reserve(raw.size());
  xml::append_attribute_value(value, raw);
  return value;
}

void append_escaped(std::string& out, std::string_view text) {
  auto reference_to = [](char c) -> std::string_view {
    switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\'':
      return "&apos;";
    case '"':
      return "&quot;";
    // A parser would normalise these to other white space (XML 1.0 §2.11, §3.3.3).
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    case '\r':
      return "&#13;";
    default:
      return {};
    }
  };
  constexpr char_set referenced{"&<>'\"\t\n\r"};
  size_t begin = 0; // of the part that is copied unchanged
  for (size_t i; (i = referenced.find(text, begin)) != text.size(); begin = i + 1)
    out.append(text, begin, i - begin).append(reference_to(text[i]));
  out.append(text, begin);
}

std::string open_tag(std::string_view name, std::string_view namespace_uri) {
  std::string out = "<";
  return out.append(name).append(" xmlns='").append(namespace_uri).append("'");
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("='");
  append_escaped(out, value);
  out.append("'");
}

void append_raw_attribute(std::string& out, std::string_view name, std::string_view raw) {
  const char quote = raw.find('\'') == raw.npos ? '\'' : '"';
  out.append(" ").append(name).append("=").push_back(quote);
  out.append(raw).push_back(quote);
}

std::string escape(std::string_view text) {
  std::string escaped;
  append_escaped(escaped, text);
  return escaped;
}

} // namespace fedhub
