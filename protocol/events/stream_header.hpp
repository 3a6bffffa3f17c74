// Stream headers: RFC 6120 §4.7.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/text/namespaces.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// A stream header as received, attribute values expanded. Attributes are empty if absent.
struct stream_header {
  std::string to, from, id, lang;
  unsigned version_major =
    0; ///< 0 if `version` is absent: a peer before XMPP 1.0 (RFC 6120 §4.7.5).
  unsigned version_minor = 0;
  bool bad_version = false; ///< `version` is there but is no "major.minor".

  /// The namespace of the stream's stanzas (RFC 6120 §4.8.2): the default namespace. Where that is
  /// the streams namespace itself ("prefix-free" headers, §4.8.3), the one of `jabber:server` and
  /// `jabber:component:accept` that has a prefix, and `jabber:server` if none has. Empty if there
  /// is no default namespace.
  std::string content_namespace;
  bool stream_namespace = false;  ///< the root is {http://etherx.jabber.org/streams}stream.
  bool declares_dialback = false; ///< any prefix bound to jabber:server:dialback.
  ns_bindings bindings;           ///< as `xml_scanner::header_bindings`.

  /// RFC 6120 §4.7.5: "1.0" or later.
  bool xmpp_1() const { return version_major >= 1; }
};

/// Reads the header that `scanner` just framed in `item` (the octets after `skip`, `length` long).
stream_header parse_stream_header(std::string_view item, const xml_scanner& scanner);

/// Attributes of a header to send; empty ones are left out, except that `version` says "1.0" if
/// set.
struct header_to_send {
  std::string_view content_namespace = ns::server;
  std::string_view from = {}, to = {}, id = {};
  bool version = true;
  bool dialback = true; ///< declare xmlns:db.
  /// xml:lang. Stanzas that state none inherit it; so leave it empty where the hub sends stanzas.
  std::string_view lang = {};
};
/// An XML declaration and the start tag; binds the prefixes `stream` and, if asked, `db`.
std::string make_stream_header(const header_to_send& x);
inline constexpr std::string_view stream_footer = "</stream:stream>";

} // namespace fedhub
