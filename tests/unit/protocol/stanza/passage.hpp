// For tests and fuzz targets: a stanza on its way from one stream to another, and the infoset that
// the receiver should read.
#pragma once

#include "protocol/events/stream_header.hpp"
#include "protocol/stanza/rewrite.hpp"
#include "tests/unit/protocol/xml/xml_infoset.hpp"

namespace fedhub::testing {

/// A stanza on its source stream. Both texts outlive it.
struct passage {
  passage(std::string_view header, std::string_view stanza) : header{header}, stanza{stanza} {
    const auto first = scanner.next(header);
    if (first.status != scan_status::header || first.skip + first.length != header.size())
      return;
    const auto parsed = parse_stream_header(header.substr(first.skip), scanner);
    source = {scanner.header_bindings(), parsed.content_namespace, parsed.lang};
    const auto second = scanner.next(stanza);
    valid = second.status == scan_status::element && second.skip == 0
            && second.length == stanza.size() && !source.content_namespace.empty()
            && scanner.namespace_uri() == source.content_namespace;
  }

  bool unchanged(std::string_view destination) const {
    return passes_unchanged(stanza, tag_digest{scanner.tag()}, source, destination);
  }
  bool mixed() const {
    return mixes_content_namespaces(stanza, restore_tag(stanza, tag_digest{scanner.tag()}), source);
  }
  /// Returns the stanza as it is written to a stream with this content namespace.
  std::string to(std::string_view destination, const address_override& address = {}) const {
    const auto tag = restore_tag(stanza, tag_digest{scanner.tag()});
    return rewrite_start_tag(stanza, tag, source, destination, address)
           + std::string{stanza.substr(scanner.tag().end)};
  }

  std::string_view header, stanza;
  xml_scanner scanner{xml_limits{}};
  source_context source;
  bool valid = false; ///< whether it is a stanza on a stream, as the functions require.
};

/// Returns what expat reads of a stanza on that stream, without the stream's own element.
inline std::optional<infoset> read_on_stream(std::string_view header, std::string_view stanza) {
  const auto root = header.substr(header.find('<', header.find("<?") == 0 ? 2 : 0));
  const auto name = root.substr(1, root.find_first_of(" \t\r\n>") - 1);
  auto infoset =
    read_infoset(std::string{header}.append(stanza).append("</").append(name).append(">"));
  if (infoset)
    infoset->elements.erase(infoset->elements.begin());
  return infoset;
}

/// Returns what a receiver reads on a stream of the hub's.
inline std::optional<infoset> read_at_destination(std::string_view content_namespace,
                                                  std::string_view stanza) {
  header_to_send send;
  send.content_namespace = content_namespace;
  return read_on_stream(make_stream_header(send), stanza);
}

/// Replaces a namespace in the names of elements and attributes.
inline infoset with_namespace(infoset infoset, std::string_view from, std::string_view to) {
  const auto old = std::string{from} + " ";
  auto replace = [&](std::string name) {
    return name.starts_with(old) ? name.replace(0, from.size(), to) : name;
  };
  for (auto& element : infoset.elements) {
    element.name = replace(element.name);
    for (const auto& [name, value] : std::exchange(element.attributes, {}))
      element.attributes.emplace(replace(name), value);
  }
  return infoset;
}

/// Returns what should be read there: the source's content namespace is replaced by the
/// destination's, and the language of the source's header is stated.
inline std::optional<infoset> expected_at_destination(const passage& passage,
                                                      std::string_view content_namespace) {
  auto out = read_on_stream(passage.header, passage.stanza);
  if (!out)
    return out;
  out = with_namespace(std::move(*out), passage.source.content_namespace, content_namespace);
  if (!passage.source.lang.empty())
    out->elements[0].attributes.emplace("http://www.w3.org/XML/1998/namespace lang",
                                        passage.source.lang);
  return out;
}

} // namespace fedhub::testing
