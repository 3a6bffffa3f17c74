// The namespace bindings in scope: Namespaces in XML 1.0 (third edition).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors/xml_fault.hpp"
#include "protocol/xml/xml_tag.hpp"

namespace fedhub::xml {

/// Returns whether a namespace name has a character that some server uses with expat as a separator
/// of names: a line feed (ejabberd), `|` (jabberd2) or `}` (Python's ElementTree). Such a server
/// takes the name for a fault of the document. No URI has these characters (RFC 3986 §2).
bool holds_separator(std::string_view namespace_name);

/// Prefix bindings as a stack that grows with start tags and shrinks with end tags. Prefixes and
/// namespace names are copied into memory that the stack owns and reuses, so bindings of the stream
/// header outlive the header's octets.
class namespace_scopes {
public:
  /// Index of a binding on the stack. 0 is `xml`, which is always bound.
  using index = uint32_t;
  static constexpr index none = UINT32_MAX;

  struct mark {
    uint32_t bindings = 0;
    uint32_t octets = 0;
  };

  namespace_scopes() { clear(); }

  /// Removes every binding but `xml`.
  void clear();

  /// Frees memory beyond the bindings made so far, which are to stay.
  void shrink() {
    bindings_.shrink_to_fit();
    text_.shrink_to_fit();
  }
  /// Frees memory that is used only while a tag is entered.
  void free_memory() { uses_ = std::vector<use>{}; }

  /// Returns the height of the stack, for `drop_to`.
  mark top() const {
    return {static_cast<uint32_t>(bindings_.size()), static_cast<uint32_t>(text_.size())};
  }
  /// Removes the bindings made since `top` returned `outer`.
  void drop_to(mark outer) {
    if (bindings_.size() == outer.bindings) // nearly always
      return;
    bindings_.resize(outer.bindings);
    text_.resize(outer.octets);
  }

  /// Adds the declarations of `tag`. Then checks that all its prefixes are bound and that no two of
  /// its attributes have the same expanded name. The default namespace is checked, but not stored.
  /// @param used is called with the binding of every prefix in use, of the element and its
  /// attributes.
  template <class F>
  fault enter(const char* item, const tag_syntax& tag, size_t max_prefixes, F used) {
    odd_ = false;
    if (tag.default_declaration)
      if (const fault why = check_default(item, tag.attributes[tag.default_declaration - 1]))
        return why;
    if (!tag.prefixed)
      return {};
    if (const fault why = declare_all(item, tag, max_prefixes))
      return why;
    if (const fault why = resolve_all(item, tag))
      return why;
    for (const use& in_use : uses_)
      used(in_use.binding);
    return {};
  }

  /// Declares one prefix. @param raw_uri the value in the tag, references not expanded.
  fault declare(std::string_view prefix, std::string_view raw_uri, size_t max_prefixes);
  /// Checks a declaration of the default namespace, without storing it.
  fault check_default(const char* item, const attribute& attribute);

  /// Returns the innermost binding of `prefix`, or `none`.
  index find(std::string_view prefix) const;

  /// Returns whether the tag entered last declares a namespace name that `holds_separator`.
  bool odd() const { return odd_; }
  /// Returns whether this binding's namespace name `holds_separator`.
  bool odd(index x) const { return bindings_[x].odd; }

  std::string_view prefix(index x) const { return view(bindings_[x].prefix); }
  std::string_view uri(index x) const { return view(bindings_[x].uri); }

  /// Returns the number of bindings, `xml` included.
  size_t size() const { return bindings_.size(); }

private:
  struct slice {
    uint32_t begin = 0;
    uint32_t length = 0;
  };
  struct binding {
    slice prefix;
    slice uri;
    index same_uri = 0; ///< the outermost binding in scope with this namespace name.
    bool odd = false;
  };
  /// A prefix in use on an element or attribute.
  struct use {
    std::string_view local; ///< the attribute's local name; empty for the element.
    index binding = 0;
    index uri = 0;
  };

  std::string_view view(slice x) const { return std::string_view{text_}.substr(x.begin, x.length); }
  slice keep(std::string_view text);
  fault declare_all(const char* item, const tag_syntax& tag, size_t max_prefixes);
  void push(std::string_view prefix, slice uri);
  fault resolve_all(const char* item, const tag_syntax& tag);
  bool attributes_differ();

  std::vector<binding> bindings_;
  std::string text_; ///< prefixes and namespace names, back to back.
  std::vector<use> uses_;
  bool odd_ = false;
};

} // namespace fedhub::xml
