// The content of an XML document as expat reads it, to compare documents that are written
// differently.
#pragma once

#include <algorithm>
#include <expat.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fedhub::testing {

/// Elements, attributes and text in document order. Names are "uri local", without prefixes. There
/// are no declarations.
struct infoset {
  struct element {
    std::string name;
    std::map<std::string, std::string> attributes;
    std::string text; ///< directly inside the element.
    int depth = 0;

    friend bool operator==(const element&, const element&) = default;
  };
  std::vector<element> elements;

  friend bool operator==(const infoset&, const infoset&) = default;
};

/// Returns "uri local" for a name of expat, which separates the parts by a line feed: no namespace
/// name that is passed on has a line feed, but it may have a blank.
inline std::string spaced(const char* name) {
  std::string text{name};
  std::ranges::replace(text, '\n', ' ');
  return text;
}

/// @returns nothing if `xml` is not well-formed, namespaces included.
inline std::optional<infoset> read_infoset(std::string_view xml) {
  struct state {
    infoset out;
    std::vector<size_t> open;
  } state;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser{
    XML_ParserCreateNS("UTF-8", '\n'), XML_ParserFree};
  XML_SetUserData(parser.get(), &state);
  XML_SetElementHandler(
    parser.get(),
    [](void* user, const char* name, const char** attributes) {
      auto& result = *static_cast<struct state*>(user);
      infoset::element element;
      element.name = spaced(name);
      element.depth = static_cast<int>(result.open.size());
      for (; *attributes != nullptr; attributes += 2)
        element.attributes.emplace(spaced(attributes[0]), attributes[1]);
      result.open.push_back(result.out.elements.size());
      result.out.elements.push_back(std::move(element));
    },
    [](void* user, const char*) { static_cast<struct state*>(user)->open.pop_back(); });
  XML_SetCharacterDataHandler(parser.get(), [](void* user, const char* text, int length) {
    auto& result = *static_cast<struct state*>(user);
    result.out.elements[result.open.back()].text.append(text, static_cast<size_t>(length));
  });
  if (XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1) != XML_STATUS_OK)
    return std::nullopt;
  return std::move(state.out);
}

} // namespace fedhub::testing
