#include "protocol/xml/xml_namespaces.hpp"

#include <algorithm>
#include <tuple>

#include "protocol/text/octet_words.hpp"
#include "protocol/text/xml_reference.hpp"

namespace fedhub::xml {

namespace {

constexpr std::string_view xml_uri = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view xmlns_uri = "http://www.w3.org/2000/xmlns/";

} // namespace

bool holds_separator(std::string_view namespace_name) {
  static_assert(('|' | 1) == '}');
  return any_word(namespace_name, ' ', [](uint64_t word) {
    return has_zero(word ^ each('\n')) || has_zero((word | each(1)) ^ each('}'));
  });
}

void namespace_scopes::clear() {
  bindings_.clear();
  text_.clear();
  push("xml", keep(xml_uri));
}

namespace_scopes::slice namespace_scopes::keep(std::string_view text) {
  const slice kept{static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(text.size())};
  text_.append(text);
  return kept;
}

void namespace_scopes::push(std::string_view prefix, slice uri) {
  const auto same = std::ranges::find_if(
    bindings_, [&](const binding& known) { return view(known.uri) == view(uri); });
  const auto same_uri = static_cast<index>(same - bindings_.begin());
  bindings_.push_back({keep(prefix), uri, same_uri});
}

namespace_scopes::index namespace_scopes::find(std::string_view prefix) const {
  if (prefix == "xml") // as in xml:lang, the most frequent prefixed attribute
    return 0;
  for (size_t i = bindings_.size(); i-- > 0;)
    if (view(bindings_[i].prefix) == prefix)
      return static_cast<index>(i);
  return none;
}

fault namespace_scopes::declare_all(const char* item, const tag_syntax& tag, size_t max_prefixes) {
  for (const attribute& seen : tag.attributes)
    if (seen.name.colon && seen.name.prefix(item) == "xmlns")
      if (const fault why = declare(seen.name.local(item), seen.value(item), max_prefixes))
        return why;
  return {};
}

fault namespace_scopes::declare(std::string_view prefix, std::string_view raw_uri,
                                size_t max_prefixes) {
  if (prefix == "xmlns")
    return not_well_formed("a declaration of the prefix 'xmlns'");
  const size_t begin = text_.size();
  append_attribute_value(text_, raw_uri);
  const slice uri{static_cast<uint32_t>(begin), static_cast<uint32_t>(text_.size() - begin)};
  if (uri.length == 0)
    return not_well_formed("a prefix bound to an empty namespace name");
  if ((prefix == "xml") != (view(uri) == xml_uri) || view(uri) == xmlns_uri)
    return not_well_formed("a reserved prefix or namespace name with another binding");
  if (prefix == "xml") { // declares the binding that always exists
    text_.resize(begin);
    return {};
  }
  if (bindings_.size() > max_prefixes)
    return over_limit(passage_obstacle::too_many_prefixes);
  push(prefix, uri);
  bindings_.back().odd = holds_separator(view(uri));
  odd_ |= bindings_.back().odd;
  return {};
}

fault namespace_scopes::check_default(const char* item, const attribute& declaration) {
  std::string expanded; // used only for unusual spellings
  std::string_view uri = declaration.value(item);
  if (declaration.references
      || holds_separator(uri)) { // a literal line feed is normalised to a space
    append_attribute_value(expanded, uri);
    uri = expanded;
    odd_ |= holds_separator(uri);
  }
  return uri == xml_uri || uri == xmlns_uri
           ? not_well_formed("a reserved namespace name as the default namespace")
           : fault{};
}

fault namespace_scopes::resolve_all(const char* item, const tag_syntax& tag) {
  uses_.clear();
  const auto add = [&](std::string_view prefix, std::string_view local) {
    const index found = find(prefix);
    if (found != none)
      uses_.push_back({local, found, bindings_[found].same_uri});
    return found != none;
  };
  bool all_bound = !tag.name.colon || add(tag.name.prefix(item), {});
  for (const attribute& seen : tag.attributes)
    if (seen.name.colon && seen.name.prefix(item) != "xmlns")
      all_bound = add(seen.name.prefix(item), seen.name.local(item)) && all_bound;
  if (!all_bound)
    return not_well_formed("a namespace prefix is not bound");
  return attributes_differ() ? fault{} : not_well_formed("a duplicate attribute");
}

bool namespace_scopes::attributes_differ() {
  if (uses_.size() < 2)
    return true;
  const auto name = [](const use& in_use) { return std::tie(in_use.uri, in_use.local); };
  if (uses_.size() == 2)
    return name(uses_[0]) != name(uses_[1]);
  std::ranges::sort(uses_, {}, name);
  return std::ranges::adjacent_find(uses_, {}, name) == uses_.end();
}

} // namespace fedhub::xml
