#include "protocol/stanza/rewrite.hpp"

#include <algorithm>
#include <utility>

#include "protocol/text/namespaces.hpp"
#include "protocol/text/xml_chars.hpp"
#include "protocol/text/xml_escape.hpp"
#include "protocol/xml/attribute_reader.hpp"

namespace fedhub {

namespace {

/// `start_tag::header_prefixes` has one bit per binding; bindings from this one on share the last
/// bit.
constexpr size_t last_prefix_bit = 63;

bool declares_namespace(std::string_view attribute) {
  return attribute == "xmlns" || attribute.starts_with("xmlns:");
}

/// Returns `text` with `quote` escaped, for use between these quotes.
std::string fit_quotes(std::string_view text, char quote) {
  std::string out;
  for (char c : text) {
    if (c == quote)
      out.append(quote == '"' ? "&quot;" : "&apos;");
    else
      out += c;
  }
  return out;
}

/// Returns whether the root binds a prefix to the source's content namespace.
bool binds_content_namespace(std::string_view start, const source_context& source) {
  attribute_reader reader{start};
  while (auto attribute = reader.next())
    if (attribute->name.starts_with("xmlns:")
        && unescape(attribute->value) == source.content_namespace)
      return true;
  return false;
}

/// Returns whether a prefix of the header that the stanza uses is bound to `uri`.
bool uses_header_prefix_for(std::string_view uri, const start_tag& tag,
                            const source_context& source) {
  for (size_t i = 0; i < source.bindings.size(); ++i)
    if (!source.bindings[i].prefix.empty()
        && (tag.header_prefixes >> std::min(i, last_prefix_bit) & 1) != 0
        && source.bindings[i].uri == uri)
      return true;
  return false;
}

/// Returns whether some element declares a prefix for `uri`. Text that reads like such a
/// declaration counts as one.
bool declares_prefix_for(std::string_view uri, std::string_view stanza) {
  constexpr std::string_view declaration = "xmlns:";
  // Continues after the "=". A peer may repeat "xmlns:" a hundred thousand times, and the octets
  // after it must not be examined again for each repetition.
  for (auto at = stanza.find(declaration); at != stanza.npos; at = stanza.find(declaration, at)) {
    at = stanza.find('=', at);
    if (at == stanza.npos)
      return false;
    auto rest = stanza.substr(++at);
    rest.remove_prefix(std::min(rest.find_first_not_of(xml::white_space), rest.size()));
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      continue;
    if (unescape(rest.substr(1, rest.find(rest[0], 1) - 1)) == uri)
      return true;
  }
  return false;
}

/// Returns whether a name in `xml` has the prefix. Text that reads like such a name counts as one.
bool uses_prefix(std::string_view xml, const std::string& prefix) {
  const auto qualified = prefix + ":";
  for (auto at = xml.find(qualified); at != xml.npos; at = xml.find(qualified, at + 1))
    if (at > 0
        && (xml[at - 1] == '<' || xml[at - 1] == '/'
            || xml::white_space.find(xml[at - 1]) != xml::white_space.npos))
      return true;
  return false;
}

/// Returns the bit of `start_tag::header_prefixes` that stands for this prefix alone; 0 if there is
/// none.
uint64_t header_bit_of(std::string_view prefix, const source_context& source) {
  for (size_t i = 0; i < source.bindings.size() && i < last_prefix_bit; ++i)
    if (source.bindings[i].prefix == prefix)
      return uint64_t{1} << i;
  return 0;
}

/// Returns the number of octets of attributes that state everything in the header, escaped.
size_t declaration_octets(const source_context& source) {
  constexpr std::string_view around = " xml:lang=''";
  size_t octets = around.size() + escape(source.lang).size();
  for (const auto& [prefix, uri] : source.bindings)
    octets += around.size() + prefix.size() + escape(uri).size();
  return octets;
}

/// Writes one start tag for another stream.
class start_tag_writer {
public:
  start_tag_writer(const source_context& source, std::string_view content_namespace,
                   const address_override& address)
    : source_(source), content_namespace_(content_namespace), address_(address) {}

  std::string write(std::string_view start, const start_tag& tag) {
    attribute_reader reader{start};
    size_t copied = 0;
    while (auto attribute = reader.next()) {
      if (is_needless(*attribute, tag)) {
        const auto name = static_cast<size_t>(attribute->name.data() - start.data());
        out_.append(start.substr(copied, name - copied));
        out_.resize(out_.find_last_not_of(xml::white_space) + 1);
        copied =
          static_cast<size_t>(attribute->value.data() - start.data()) + attribute->value.size() + 1;
        continue;
      }
      const auto replacement = replace(*attribute);
      if (!replacement)
        continue;
      const auto at = static_cast<size_t>(attribute->value.data() - start.data());
      out_.append(start.substr(copied, at - copied));
      out_.append(fit_quotes(*replacement, attribute->quote()));
      copied = at + attribute->value.size();
    }
    const auto close = start.size() - (tag.empty ? 2 : 1);
    out_.append(start.substr(copied, close - copied));
    add_missing(start, tag);
    return std::move(out_.append(start.substr(close)));
  }

private:
  /// Returns whether the attribute is a declaration of the content namespace that the destination's
  /// header makes redundant. gloox ignores stanzas with such a declaration.
  bool is_needless(const raw_attribute& attribute, const start_tag& tag) const {
    const bool stays =
      content_namespace_ == source_.content_namespace && content_namespace_ != ns::component_accept;
    return !stays && attribute.name == "xmlns" && !tag.prefix
           && unescape(attribute.value) == source_.content_namespace;
  }

  /// Returns the attribute text to write instead; nothing to keep the octets.
  std::optional<std::string> replace(const raw_attribute& attribute) const {
    if (attribute.name == "to" && !address_.to.empty())
      return address_.to;
    if (attribute.name == "from" && !address_.from.empty())
      return address_.from;
    if (declares_namespace(attribute.name) && unescape(attribute.value) == source_.content_namespace
        && source_.content_namespace != content_namespace_)
      return escape(content_namespace_);
    return std::nullopt;
  }

  void add_missing(std::string_view start, const start_tag& tag) {
    if (!tag.to && !address_.to.empty())
      append_raw_attribute(out_, "to", address_.to);
    if (!tag.from && !address_.from.empty())
      append_raw_attribute(out_, "from", address_.from);
    if (!tag.lang && !source_.lang.empty())
      append_attribute(out_, "xml:lang", source_.lang);
    const auto inherited = source_.default_namespace();
    if (!tag.xmlns && inherited != source_.content_namespace)
      append_attribute(out_, "xmlns", inherited);
    if (tag.header_prefixes != 0)
      declare_prefixes(start, tag);
  }

  void declare_prefixes(std::string_view start, const start_tag& tag) {
    for (size_t i = 0; i < source_.bindings.size(); ++i) {
      const auto& [prefix, uri] = source_.bindings[i];
      const auto bit = std::min(i, last_prefix_bit);
      if (prefix.empty() || (tag.header_prefixes >> bit & 1) == 0)
        continue;
      const auto name = "xmlns:" + prefix;
      // The shared bit may stand for another prefix, and the root itself may declare this one.
      if (bit == last_prefix_bit && has_attribute(start, name))
        continue;
      const bool content = uri == source_.content_namespace;
      append_attribute(out_, name, content ? content_namespace_ : uri);
    }
  }

  static bool has_attribute(std::string_view start, std::string_view name) {
    attribute_reader reader{start};
    while (auto attribute = reader.next())
      if (attribute->name == name)
        return true;
    return false;
  }

  const source_context& source_;
  std::string_view content_namespace_;
  const address_override& address_;
  std::string out_;
};

} // namespace

source_context::source_context(ns_bindings bindings, std::string content_namespace,
                               std::string lang)
  : bindings(std::move(bindings)), content_namespace(std::move(content_namespace)),
    lang(std::move(lang)), content_is_default(default_namespace() == this->content_namespace),
    most_declared(declaration_octets(*this)) {}

std::string_view source_context::default_namespace() const {
  // The default namespace is the last binding, if the header has one.
  auto found = std::ranges::find(bindings, std::string{}, &ns_binding::prefix);
  return found == bindings.end() ? std::string_view{} : found->uri;
}

bool passes_unchanged(std::string_view stanza, const tag_digest& tag, const source_context& source,
                      std::string_view content_namespace) {
  if (tag.header_prefixes != 0)
    return false;
  if (!tag.has_lang() && !source.lang.empty())
    return false;
  if (!tag.has_xmlns() && !source.content_is_default)
    return false;
  if (source.content_namespace == content_namespace)
    return content_namespace != ns::component_accept || !tag.has_xmlns();
  const auto start = stanza.substr(0, tag.end);
  // A root with another default namespace is in the content namespace by a prefix of its own, which
  // must change.
  return !tag.has_xmlns() && !(tag.declares_prefix() && binds_content_namespace(start, source));
}

bool mixes_content_namespaces(std::string_view stanza, const start_tag& tag,
                              const source_context& source) {
  if (!tag.declares_prefix && tag.header_prefixes == 0)
    return false;
  if (!uses_header_prefix_for(source.content_namespace, tag, source)
      && !binds_content_namespace(stanza.substr(0, tag.end), source))
    return false;
  const auto other = source.content_namespace == ns::server ? ns::component_accept : ns::server;
  return uses_header_prefix_for(other, tag, source) || declares_prefix_for(other, stanza);
}

std::optional<unprefixed_stanza> without_prefix(std::string_view stanza, const tag_digest& digest,
                                                const source_context& source) {
  auto tag = restore_tag(stanza, digest);
  const bool content_by_default = tag.xmlns
                                    ? unescape(tag.xmlns.of(stanza)) == source.content_namespace
                                    : source.content_is_default;
  if (!tag.prefix || !content_by_default)
    return std::nullopt;
  const auto name = tag.name.of(stanza);
  const auto prefix = std::string{tag.prefix.of(stanza)};
  const auto payload_end = tag.empty ? stanza.size() : stanza.rfind("</");
  const bool needed = uses_prefix(stanza.substr(tag.name.end, payload_end - tag.name.end), prefix);
  unprefixed_stanza out;
  out.text.append("<").append(name);
  tag.declares_prefix = false;
  size_t copied = tag.name.end;
  attribute_reader reader{stanza.substr(0, tag.end)};
  while (auto attribute = reader.next()) {
    if (!attribute->name.starts_with("xmlns:"))
      continue;
    if (needed || attribute->name.substr(6) != prefix) {
      tag.declares_prefix = true;
      continue;
    }
    const auto at = static_cast<size_t>(attribute->name.data() - stanza.data());
    out.text.append(stanza.substr(copied, at - copied));
    out.text.resize(out.text.find_last_not_of(xml::white_space) + 1);
    copied =
      static_cast<size_t>(attribute->value.data() - stanza.data()) + attribute->value.size() + 1;
  }
  out.text.append(stanza.substr(copied, tag.end - copied));
  tag.end = static_cast<uint32_t>(out.text.size());
  if (!tag.empty) {
    out.text.append(stanza.substr(digest.end, payload_end - digest.end));
    out.text.append("</").append(name).append(">");
  }
  if (!needed)
    tag.header_prefixes &= ~header_bit_of(prefix, source);
  tag.xmlns = {};
  out.tag = tag_digest{restore_tag(out.text, tag_digest{tag})};
  return out;
}

std::string rewrite_start_tag(std::string_view stanza, const start_tag& tag,
                              const source_context& source, std::string_view content_namespace,
                              const address_override& address) {
  return start_tag_writer{source, content_namespace, address}.write(stanza.substr(0, tag.end), tag);
}

} // namespace fedhub
