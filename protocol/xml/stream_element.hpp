// A child of the stream, other than a stanza, as a tree: features, STARTTLS, SASL, dialback,
// errors.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/xml/ns_bindings.hpp"

namespace rapidxml {
template <class Ch>
class xml_node;
} // namespace rapidxml

namespace fedhub {

/// Owns a parsed copy of an element's octets. Names are compared by namespace and local name,
/// whatever prefixes the peer uses and wherever it declares them.
class stream_element {
public:
  /// One element of the tree. The view must not outlive its `stream_element`.
  class node {
  public:
    std::string_view local_name() const;
    /// Returns the local name cut to 64 octets, for details and logs.
    std::string_view short_name() const;
    std::string_view namespace_uri() const; ///< empty if the element is in no namespace.
    bool is(std::string_view uri, std::string_view local) const;

    /// Returns the value of the unprefixed attribute, references expanded; empty if it is absent.
    std::string_view attribute(std::string_view name) const;
    bool has_attribute(std::string_view name) const;

    /// Returns the character data directly inside, CDATA included, without surrounding white space.
    std::string text() const;

    /// Return the first child element, and the first child element with that name.
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

  /// The deepest nesting that `parse` accepts. The parser is recursive, and no specification has a
  /// stream-level element with more than a handful of levels.
  static constexpr size_t max_depth = 256;

  /// Parses an element.
  /// @param xml one whole element that the scanner accepted.
  /// @param outer the bindings of its stream's header.
  /// @returns nothing if the nesting is deeper than `max_depth`, or `xml` is not an element.
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

} // namespace fedhub
