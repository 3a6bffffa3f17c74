#include "protocol/xml/stream_element.hpp"

#include <algorithm>
#include <rapidxml/rapidxml.hpp>

#include "protocol/text/clip.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub {

namespace {

using xml_node = rapidxml::xml_node<char>;

constexpr size_t max_short_name = 64; // octets

std::string_view name_of(const xml_node* node) { return {node->name(), node->name_size()}; }

/// Splits "prefix:local"; the prefix is empty if there is none.
std::pair<std::string_view, std::string_view> split_name(std::string_view qualified) {
  auto colon = qualified.find(':');
  if (colon == qualified.npos)
    return {{}, qualified};
  return {qualified.substr(0, colon), qualified.substr(colon + 1)};
}

const rapidxml::xml_attribute<char>* find_attribute(const xml_node* node, std::string_view name) {
  return node->first_attribute(name.data(), name.size());
}

const xml_node* element_from(const xml_node* node) {
  while (node != nullptr && node->type() != rapidxml::node_element)
    node = node->next_sibling();
  return node;
}

/// Returns the position after the start or end tag at `begin`: after its first `>` outside quotes.
size_t tag_end(std::string_view xml, size_t begin) {
  char quote = 0;
  for (auto i = begin; i < xml.size(); ++i) {
    if (quote != 0)
      quote = xml[i] == quote ? 0 : quote;
    else if (xml[i] == '"' || xml[i] == '\'')
      quote = xml[i];
    else if (xml[i] == '>')
      return i + 1;
  }
  return xml.size();
}

/// Returns the nesting of the deepest element; the root counts as 1.
size_t depth_of(std::string_view xml) {
  size_t depth = 0, deepest = 0;
  for (auto at = xml.find('<'); at < xml.size(); at = xml.find('<', at)) {
    if (xml.substr(at).starts_with("<![CDATA[")) {
      at = std::min(xml.find("]]>", at), xml.size());
      continue;
    }
    const auto end = tag_end(xml, at);
    if (xml.substr(at).starts_with("</"))
      depth -= depth > 0 ? 1 : 0;
    else if (deepest = std::max(deepest, depth + 1); xml[end - 1] == '>' && xml[end - 2] != '/')
      ++depth;
    at = end;
  }
  return deepest;
}

} // namespace

/// The parser works in place and keeps pointers into `octets`, so neither member may move.
struct stream_element::document {
  std::string octets;
  rapidxml::xml_document<char> dom;
  ns_bindings outer;
};

std::string_view stream_element::node::local_name() const {
  return split_name(name_of(self_)).second;
}

std::string_view stream_element::node::short_name() const {
  return clip(local_name(), max_short_name);
}

std::string_view stream_element::node::namespace_uri() const {
  const auto prefix = split_name(name_of(self_)).first;
  const auto declaration = prefix.empty() ? std::string{"xmlns"} : "xmlns:" + std::string{prefix};
  for (const auto* element = self_; element != nullptr; element = element->parent())
    if (const auto* found = find_attribute(element, declaration))
      return {found->value(), found->value_size()};
  for (const auto& binding : *outer_)
    if (binding.prefix == prefix)
      return binding.uri;
  return {};
}

bool stream_element::node::is(std::string_view uri, std::string_view local) const {
  return local_name() == local && namespace_uri() == uri;
}

std::string_view stream_element::node::attribute(std::string_view name) const {
  const auto* found = find_attribute(self_, name);
  return found == nullptr ? std::string_view{}
                          : std::string_view{found->value(), found->value_size()};
}

bool stream_element::node::has_attribute(std::string_view name) const {
  return find_attribute(self_, name) != nullptr;
}

std::string stream_element::node::text() const {
  std::string all;
  for (const auto* child = self_->first_node(); child != nullptr; child = child->next_sibling())
    if (child->type() == rapidxml::node_data || child->type() == rapidxml::node_cdata)
      all.append(child->value(), child->value_size());
  return std::string{xml::trim(all)};
}

std::optional<stream_element::node> stream_element::node::first_child() const {
  const auto* found = element_from(self_->first_node());
  return found == nullptr ? std::nullopt : std::optional{node{found, outer_}};
}

std::optional<stream_element::node> stream_element::node::next_sibling() const {
  const auto* found = element_from(self_->next_sibling());
  return found == nullptr ? std::nullopt : std::optional{node{found, outer_}};
}

std::optional<stream_element::node> stream_element::node::child(std::string_view uri,
                                                                std::string_view local) const {
  auto found = first_child();
  while (found && !found->is(uri, local))
    found = found->next_sibling();
  return found;
}

std::optional<stream_element> stream_element::parse(std::string_view xml,
                                                    const ns_bindings& outer) {
  if (depth_of(xml) > max_depth)
    return std::nullopt;
  auto tree = std::make_unique_for_overwrite<document>(); // does not clear the memory for nodes
  tree->octets = xml;
  tree->outer = outer;
  try {
    // The scanner has already compared the tags' names. The parser would store only the first piece
    // of character data as an element's value, while `text` collects all pieces.
    tree->dom.parse<rapidxml::parse_no_element_values>(tree->octets.data());
  } catch (const rapidxml::parse_error&) {
    return std::nullopt;
  }
  if (element_from(tree->dom.first_node()) == nullptr)
    return std::nullopt;
  return stream_element{std::move(tree)};
}

stream_element::stream_element(std::unique_ptr<document> tree) : tree_(std::move(tree)) {}
stream_element::stream_element(stream_element&&) noexcept = default;
stream_element& stream_element::operator=(stream_element&&) noexcept = default;
stream_element::~stream_element() = default;

stream_element::node stream_element::root() const {
  return {element_from(tree_->dom.first_node()), &tree_->outer};
}

} // namespace fedhub
