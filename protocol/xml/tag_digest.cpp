#include "protocol/xml/tag_digest.hpp"

#include "protocol/xml/attribute_reader.hpp"

namespace fedhub {

namespace {

span32 span_in(std::string_view stanza, std::string_view part) {
  const auto begin = static_cast<uint32_t>(part.data() - stanza.data());
  return {begin, begin + static_cast<uint32_t>(part.size())};
}

span32* place_of(start_tag& tag, std::string_view name) {
  if (name == "to")
    return &tag.to;
  if (name == "from")
    return &tag.from;
  if (name == "id")
    return &tag.id;
  if (name == "type")
    return &tag.type;
  if (name == "xml:lang")
    return &tag.lang;
  return name == "xmlns" ? &tag.xmlns : nullptr;
}

} // namespace

std::string_view tag_digest::to_of(std::string_view stanza) const {
  const uint32_t to = packed_ & (to_limit - 1);
  if (to == 0)
    return {};
  return stanza.substr(to, stanza.find(stanza[to - 1], to) - to);
}

start_tag restore_tag(std::string_view stanza, const tag_digest& digest) {
  start_tag result;
  result.end = digest.end;
  result.empty = digest.empty();
  result.header_prefixes = digest.header_prefixes;
  result.declares_prefix = digest.declares_prefix();
  attribute_reader reader{stanza.substr(0, digest.end)};
  const auto name = reader.element();
  const auto colon = name.find(':');
  std::string_view prefix;
  if (colon != name.npos) {
    prefix = name.substr(0, colon);
    result.prefix = span_in(stanza, prefix);
  }
  result.name = span_in(stanza, name.substr(colon + 1));
  bool declares_own = prefix == "xml";
  while (const auto attribute = reader.next()) {
    if (auto* place = place_of(result, attribute->name))
      *place = span_in(stanza, attribute->value);
    else if (attribute->name.starts_with("xmlns:") && attribute->name.substr(6) == prefix)
      declares_own = true;
  }
  result.inherits_namespace = prefix.empty() ? !result.xmlns : !declares_own;
  return result;
}

} // namespace fedhub
