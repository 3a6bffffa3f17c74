#include "protocol/stanza/faulty_stanza.hpp"

#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

void append_address(std::string& xml, std::string_view name, std::string_view stated,
                    std::string_view stanza, span32 own) {
  if (!stated.empty())
    append_attribute(xml, name, stated);
  else if (own)
    append_raw_attribute(xml, name, own.of(stanza));
}

} // namespace

std::string make_stand_in(std::string_view stanza, const start_tag& tag,
                          const stated_addresses& addresses) {
  std::string xml = "<";
  xml.append(tag.name.of(stanza));
  append_address(xml, "from", addresses.from, stanza, tag.from);
  append_address(xml, "to", addresses.to, stanza, tag.to);
  append_address(xml, "id", {}, stanza, tag.id);
  append_address(xml, "type", {}, stanza, tag.type);
  return xml.append("/>");
}

std::string add_from(std::string_view stanza, start_tag& tag, std::string_view from) {
  constexpr std::string_view opening = " from='";
  const uint32_t place = tag.end - (tag.empty ? 2 : 1);
  const auto value = escape(from);
  std::string xml{stanza.substr(0, place)};
  xml.append(opening).append(value).append("'").append(stanza.substr(place));
  tag.from.begin = place + static_cast<uint32_t>(opening.size());
  tag.from.end = tag.from.begin + static_cast<uint32_t>(value.size());
  tag.end += static_cast<uint32_t>(xml.size() - stanza.size());
  return xml;
}

} // namespace fedhub
