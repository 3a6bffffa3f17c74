// Moving a stanza from one stream to another: only its start tag changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/xml/ns_bindings.hpp"
#include "protocol/xml/tag_digest.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// Of the stream a stanza came from: what its octets rely on. Immutable once the stream is up;
/// shared by its stanzas.
struct source_context {
  source_context() = default;
  source_context(ns_bindings bindings, std::string content_namespace, std::string lang);

  /// The default namespace of the header; empty if it has none.
  std::string_view default_namespace() const;

  ns_bindings bindings;           ///< the header's, as `xml_scanner::header_bindings`.
  std::string content_namespace;  ///< `jabber:server` or `jabber:component:accept`.
  std::string lang;               ///< the header's xml:lang; empty if none.
  bool content_is_default = true; ///< it is the default namespace: asked for each stanza.
  /// Octets that `rewrite_start_tag` adds at most for what the header says.
  size_t most_declared = 0;
};

/// Replacements for the addresses, where their domains are not in normal form; empty: keep the
/// octets. An attribute that the stanza lacks is added.
struct address_override {
  std::string to, from; ///< attribute text, escaped.
};

/// Whether the stanza's octets can go to a stream with default namespace `content_namespace` as
/// they are (true for nearly all stanzas between streams of the same namespace, and between the two
/// for stanzas that don't state it). The destination's header binds no prefix that a stanza relies
/// on.
/// @pre the stanza is qualified by the source's content namespace; `tag` is of the scanner's for
/// it.
bool passes_unchanged(std::string_view stanza, const tag_digest& tag, const source_context& source,
                      std::string_view content_namespace);

/// A stanza whose root has no prefix any more.
struct unprefixed_stanza {
  std::string text;
  tag_digest tag;
};

/// Returns the stanza with its root in the same namespace, but without a prefix: gloox passes over
/// stanzas with one. The payload stays byte for byte.
/// Nothing if the root has no prefix, or if it needs one, since the default namespace is another
/// than its own.
/// @pre as for `passes_unchanged`. Without `declares_prefix` and `header_prefixes` there is none.
std::optional<unprefixed_stanza> without_prefix(std::string_view stanza, const tag_digest& digest,
                                                const source_context& source);

/// Whether the stanza has prefixes for the source's content namespace and for the other one. On the
/// way from one to the other both would be the same, and so might be two attributes of an element:
/// that is no XML (Namespaces in XML 1.0 §6.3), and would end a stream that others use too.
/// @pre as for `passes_unchanged`.
bool mixes_content_namespaces(std::string_view stanza, const start_tag& tag,
                              const source_context& source);

/// The start tag to send instead of `stanza.substr(0, tag.end)`. The rest of the stanza follows
/// byte for byte.
/// - the source's content namespace as the root's default is declared no more: it is that of the
///   destination's header; a prefix for it is bound to the destination's,
/// - header prefixes in use are declared (a prefix bound to the source's content namespace is bound
/// to the destination's),
/// - a default namespace of the source's header other than its content namespace is declared,
/// - an xml:lang inherited from the source's header is stated,
/// - addresses as in `address`.
/// Content namespaces inside the payload stay: a forwarded `<message xmlns='jabber:server'>` is
/// data.
/// @pre as for `passes_unchanged`, and not `mixes_content_namespaces`.
std::string rewrite_start_tag(std::string_view stanza, const start_tag& tag,
                              const source_context& source, std::string_view content_namespace,
                              const address_override& address);

} // namespace fedhub
