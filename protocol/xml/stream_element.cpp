#include "protocol/xml/stream_element.hpp"

#include <algorithm>
#include <rapidxml/rapidxml.hpp>

#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

using xml_node = rapidxml::xml_node<char>;

constexpr size_t max_report_text = 256; // octets
constexpr size_t max_short_name = 64;   // octets

std::string_view name_of(const xml_node* x) { return {x->name(), x->name_size()}; }

/// Splits "prefix:local"; the prefix is empty if there is none.
std::pair<std::string_view, std::string_view> split_name(std::string_view qualified) {
  auto colon = qualified.find(':');
  if (colon == qualified.npos)
    return {{}, qualified};
  return {qualified.substr(0, colon), qualified.substr(colon + 1)};
}

const rapidxml::xml_attribute<char>* find_attribute(const xml_node* x, std::string_view name) {
  return x->first_attribute(name.data(), name.size());
}

const xml_node* element_from(const xml_node* x) {
  while (x != nullptr && x->type() != rapidxml::node_element)
    x = x->next_sibling();
  return x;
}

/// The end of the start or end tag at `begin`: behind its `>`, but for one inside a quoted value.
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

/// Nesting of the deepest element; the root has 1.
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

std::string_view trim(std::string_view x) {
  constexpr std::string_view white_space = " \t\r\n";
  auto first = x.find_first_not_of(white_space);
  if (first == x.npos)
    return {};
  return x.substr(first, x.find_last_not_of(white_space) - first + 1);
}

} // namespace

/// The parser works in place and keeps pointers into `octets`: neither may move.
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
  for (const auto* x = self_; x != nullptr; x = x->parent())
    if (const auto* found = find_attribute(x, declaration))
      return {found->value(), found->value_size()};
  for (const auto& x : *outer_)
    if (x.prefix == prefix)
      return x.uri;
  return {};
}

bool stream_element::node::is(std::string_view uri, std::string_view local) const {
  return local_name() == local && namespace_uri() == uri;
}

std::string_view stream_element::node::attribute(std::string_view name) const {
  const auto* x = find_attribute(self_, name);
  return x == nullptr ? std::string_view{} : std::string_view{x->value(), x->value_size()};
}

bool stream_element::node::has_attribute(std::string_view name) const {
  return find_attribute(self_, name) != nullptr;
}

std::string stream_element::node::text() const {
  std::string all;
  for (const auto* x = self_->first_node(); x != nullptr; x = x->next_sibling())
    if (x->type() == rapidxml::node_data || x->type() == rapidxml::node_cdata)
      all.append(x->value(), x->value_size());
  return std::string{trim(all)};
}

std::optional<stream_element::node> stream_element::node::first_child() const {
  const auto* x = element_from(self_->first_node());
  return x == nullptr ? std::nullopt : std::optional{node{x, outer_}};
}

std::optional<stream_element::node> stream_element::node::next_sibling() const {
  const auto* x = element_from(self_->next_sibling());
  return x == nullptr ? std::nullopt : std::optional{node{x, outer_}};
}

std::optional<stream_element::node> stream_element::node::child(std::string_view uri,
                                                                std::string_view local) const {
  auto x = first_child();
  while (x && !x->is(uri, local))
    x = x->next_sibling();
  return x;
}

std::optional<stream_element> stream_element::parse(std::string_view xml,
                                                    const ns_bindings& outer) {
  if (depth_of(xml) > max_depth)
    return std::nullopt;
  auto tree = std::make_unique_for_overwrite<document>(); // the nodes' room is not to be cleared
  tree->octets = xml;
  tree->outer = outer;
  try {
    // The scanner has compared the tags' names already. Element values are not wanted: `text`
    // gathers all of an element's character data, where the parser would keep the first piece.
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

std::string error_report::str() const { return text.empty() ? condition : condition + ": " + text; }

error_report read_error(const stream_element::node& error, std::string_view conditions) {
  error_report x;
  for (auto child = error.first_child(); child; child = child->next_sibling()) {
    if (child->namespace_uri() != conditions)
      continue;
    if (child->local_name() == "text")
      x.text = clip(child->text(), max_report_text);
    else if (x.condition.empty())
      x.condition = clip(child->local_name(), max_report_text);
  }
  return x;
}

} // namespace fedhub
