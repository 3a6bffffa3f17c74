// Reads and writes stream headers: RFC 6120 §4.7.
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
  /// Both are 0 if `version` is absent: a peer before XMPP 1.0 (RFC 6120 §4.7.5).
  unsigned version_major = 0;
  unsigned version_minor = 0;
  bool bad_version = false; ///< `version` is present but is no "major.minor".

  /// The namespace of the stream's stanzas (RFC 6120 §4.8.2): the default namespace. If the default
  /// is the streams namespace ("prefix-free" headers, §4.8.3), it is the one of `jabber:server` and
  /// `jabber:component:accept` that has a prefix, and `jabber:server` if neither has. Empty if
  /// there is no default namespace.
  std::string content_namespace;
  bool stream_namespace = false;  ///< the root is {http://etherx.jabber.org/streams}stream.
  bool declares_dialback = false; ///< some prefix is bound to jabber:server:dialback.
  ns_bindings bindings;           ///< as `xml_scanner::header_bindings`.

  /// Returns whether the version is "1.0" or later (RFC 6120 §4.7.5).
  bool xmpp_1() const { return version_major >= 1; }
};

/// Reads the header that `scanner` just framed in `item` (the octets after `skip`, `length` long).
stream_header parse_stream_header(std::string_view item, const xml_scanner& scanner);

/// The attributes of a header to send. Empty attributes are left out. If `version` is set, the
/// header says "1.0".
struct header_to_send {
  std::string_view content_namespace = ns::server;
  std::string_view from = {}, to = {}, id = {};
  bool version = true;
  bool dialback = true; ///< whether to declare xmlns:db.
  /// xml:lang. Stanzas that state none inherit it, so leave it empty if the hub sends stanzas.
  std::string_view lang = {};
};
/// Returns an XML declaration and the start tag. Binds the prefix `stream` and, if requested, `db`.
std::string make_stream_header(const header_to_send& header);
inline constexpr std::string_view stream_footer = "</stream:stream>";

} // namespace fedhub
