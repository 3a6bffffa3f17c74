// A child of the stream that is no stanza, as a tree: features, STARTTLS, SASL, dialback, errors.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/text/namespaces.hpp"
#include "protocol/xml/ns_bindings.hpp"

namespace rapidxml {
template <class Ch>
class xml_node;
} // namespace rapidxml

namespace fedhub {

/// Owns a parsed copy of an element's octets. Names are compared by namespace and local name,
/// whatever prefixes the peer chose and wherever it declared them.
class stream_element {
public:
  /// One element of the tree; a view that must not outlive its `stream_element`.
  class node {
  public:
    std::string_view local_name() const;
    /// The local name cut to 64 octets, for details and logs.
    std::string_view short_name() const;
    std::string_view namespace_uri() const; ///< empty if in none.
    bool is(std::string_view uri, std::string_view local) const;

    /// Value of the unprefixed attribute, references expanded; empty if absent.
    std::string_view attribute(std::string_view name) const;
    bool has_attribute(std::string_view name) const;

    /// Character data directly inside, CDATA included, without the white space around it.
    std::string text() const;

    /// First child element, and first one of that name.
    std::optional<node> first_child() const;
    std::optional<node> child(std::string_view uri, std::string_view local) const;
    std::optional<node> next_sibling() const;

  private:
    friend class stream_element;
    node(const rapidxml::xml_node<char>* self, const ns_bindings* outer)
      : self_(self), outer_(outer) {}

    const rapidxml::xml_node<char>* self_;
    const ns_bindings* outer_;
  };

  /// Levels of nesting up to which elements are taken: the parser recurses, and no stream-level
  /// element of any specification has more than a handful.
  static constexpr size_t max_depth = 256;

  /// @param xml one whole element that the scanner took.
  /// @param outer of its stream's header.
  /// @returns nothing if the nesting is deeper than `max_depth`, or `xml` is no element at all.
  static std::optional<stream_element> parse(std::string_view xml, const ns_bindings& outer);

  stream_element(stream_element&&) noexcept;
  stream_element& operator=(stream_element&&) noexcept;
  ~stream_element();

  node root() const;

private:
  struct document;
  explicit stream_element(std::unique_ptr<document> tree);

  std::unique_ptr<document> tree_;
};

/// What an error element says: a stream error (RFC 6120 §4.9.2) or the `<error/>` of a stanza
/// (§8.3.2).
struct error_report {
  std::string condition; ///< element name, e.g. "host-unknown"; empty if there is none.
  std::string text; ///< for people. Both are cut to 256 octets, as they go into logs and bounces.

  /// "condition", or "condition: text".
  std::string str() const;
};

/// @param conditions the namespace of the conditions: `ns::stream_errors` or `ns::stanza_errors`.
error_report read_error(const stream_element::node& error, std::string_view conditions);

} // namespace fedhub
