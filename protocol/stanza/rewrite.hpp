// Moves a stanza from one stream to another. Only its start tag changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/xml/ns_bindings.hpp"
#include "protocol/xml/tag_digest.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// The facts about a stanza's source stream on which its octets rely. Immutable once the stream is
/// up. Shared by the stream's stanzas.
struct source_context {
  source_context() = default;
  source_context(ns_bindings bindings, std::string content_namespace, std::string lang);

  /// Returns the default namespace of the header; empty if it has none.
  std::string_view default_namespace() const;

  ns_bindings bindings;           ///< of the header, as `xml_scanner::header_bindings`.
  std::string content_namespace;  ///< `jabber:server` or `jabber:component:accept`.
  std::string lang;               ///< the header's xml:lang; empty if none.
  bool content_is_default = true; ///< it is the default namespace; cached for every stanza.
  /// The greatest number of octets that `rewrite_start_tag` adds because of the header.
  size_t most_declared = 0;
};

/// Replacements for addresses whose domains are not in normal form. Empty: the octets stay. An
/// attribute that the stanza lacks is added.
struct address_override {
  std::string to, from; ///< attribute text, escaped.
};

/// Returns whether the stanza's octets can go unchanged to a stream with the default namespace
/// `content_namespace`. They can for nearly all stanzas between streams of the same namespace.
/// Between streams of different namespaces they can if the stanza does not state its namespace. The
/// destination's header must bind no prefix on which a stanza relies.
/// @pre the stanza is in the source's content namespace; `tag` was made of the scanner's tag for
///      it.
bool passes_unchanged(std::string_view stanza, const tag_digest& tag, const source_context& source,
                      std::string_view content_namespace);

/// A stanza whose root lost its prefix.
struct unprefixed_stanza {
  std::string text;
  tag_digest tag;
};

/// Returns the stanza with its root in the same namespace, but without a prefix, since gloox
/// ignores stanzas with one. The payload stays byte for byte.
/// @returns nothing if the root has no prefix, or if the root needs it because the default
///          namespace is not the root's own.
/// @pre as for `passes_unchanged`. A tag without `declares_prefix` and `header_prefixes` has no
///      prefix.
std::optional<unprefixed_stanza> without_prefix(std::string_view stanza, const tag_digest& digest,
                                                const source_context& source);

/// Returns whether the stanza has prefixes both for the source's content namespace and for the
/// other one. On the way to the other stream both would become the same, and so might two
/// attributes of an element. The result would be no XML (Namespaces in XML 1.0 §6.3), and would end
/// a stream that others share.
/// @pre as for `passes_unchanged`.
bool mixes_content_namespaces(std::string_view stanza, const start_tag& tag,
                              const source_context& source);

/// Returns the start tag to send instead of `stanza.substr(0, tag.end)`. The rest of the stanza
/// follows byte for byte.
/// - If the root declares the source's content namespace as its default, that declaration is
///   dropped: the destination's header provides it. A prefix for it is bound to the destination's
///   content namespace.
/// - Header prefixes in use are declared. A prefix bound to the source's content namespace is bound
///   to the destination's.
/// - A default namespace of the source's header other than its content namespace is declared.
/// - An xml:lang inherited from the source's header is stated.
/// - Addresses are replaced as in `address`.
///
/// Content namespaces inside the payload stay: a forwarded `<message xmlns='jabber:server'>` is
/// data.
/// @pre as for `passes_unchanged`, and not `mixes_content_namespaces`.
std::string rewrite_start_tag(std::string_view stanza, const start_tag& tag,
                              const source_context& source, std::string_view content_namespace,
                              const address_override& address);

} // namespace fedhub
