#include "protocol/events/stream_header.hpp"

#include <algorithm>
#include <charconv>

#include "protocol/text/xml_escape.hpp"
#include "protocol/xml/attribute_reader.hpp"

namespace fedhub {

namespace {

/// Returns the header from the root's `<` on, without a byte order mark and an XML declaration.
std::string_view root_of(std::string_view item) {
  if (auto end = item.find("?>"); item.find("<?xml") < end && end != item.npos)
    item.remove_prefix(end + 2);
  return item.substr(std::min(item.find('<'), item.size()));
}

/// Reads "major.minor" (RFC 6120 §4.7.5: two numbers; leading zeros are ignored).
void read_version(std::string_view text, stream_header& header) {
  const auto* end = text.data() + text.size();
  auto major = std::from_chars(text.data(), end, header.version_major);
  header.bad_version = true;
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.')
    return;
  auto minor = std::from_chars(major.ptr + 1, end, header.version_minor);
  header.bad_version = minor.ec != std::errc{} || minor.ptr != end;
}

bool binds_prefix_to(const ns_bindings& bindings, std::string_view uri) {
  return std::ranges::any_of(bindings, [uri](const ns_binding& binding) {
    return !binding.prefix.empty() && binding.uri == uri;
  });
}

std::string content_namespace_of(const ns_bindings& bindings) {
  auto by_default = std::ranges::find(bindings, std::string{}, &ns_binding::prefix);
  if (by_default == bindings.end())
    return {};
  if (by_default->uri != ns::streams)
    return by_default->uri;
  if (!binds_prefix_to(bindings, ns::server) && binds_prefix_to(bindings, ns::component_accept))
    return std::string{ns::component_accept};
  return std::string{ns::server};
}

} // namespace

stream_header parse_stream_header(std::string_view item, const xml_scanner& scanner) {
  stream_header header;
  attribute_reader reader{root_of(item)};
  while (auto attribute = reader.next()) {
    const auto& [name, value] = *attribute;
    if (name == "to")
      header.to = unescape(value);
    else if (name == "from")
      header.from = unescape(value);
    else if (name == "id")
      header.id = unescape(value);
    else if (name == "xml:lang")
      header.lang = unescape(value);
    else if (name == "version")
      read_version(unescape(value), header);
  }
  const auto qualified = reader.element();
  const auto local = qualified.substr(qualified.find(':') + 1); // npos + 1 is 0: no prefix
  header.bindings = scanner.header_bindings();
  header.stream_namespace = local == "stream" && scanner.namespace_uri() == ns::streams;
  header.declares_dialback = binds_prefix_to(header.bindings, ns::dialback);
  header.content_namespace = content_namespace_of(header.bindings);
  return header;
}

std::string make_stream_header(const header_to_send& header) {
  std::string out;
  out.reserve(512); // nearly always enough for the header and the features after it
  out.append("<?xml version='1.0'?><stream:stream");
  auto attribute = [&out](std::string_view name, std::string_view value) {
    if (!value.empty())
      append_attribute(out, name, value);
  };
  attribute("xmlns", header.content_namespace);
  attribute("xmlns:stream", ns::streams);
  if (header.dialback)
    attribute("xmlns:db", ns::dialback);
  attribute("from", header.from);
  attribute("to", header.to);
  attribute("id", header.id);
  if (header.version)
    attribute("version", "1.0");
  attribute("xml:lang", header.lang);
  out.append(">");
  return out;
}

} // namespace fedhub
