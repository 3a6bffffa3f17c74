#include "actors/stanzas/stanza_form.hpp"

#include "protocol/stanza/rewrite.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/jid.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

/// Returns the address with this domain, as the text of an attribute; empty if it is not to be
/// changed.
std::string address_at(std::string_view stanza, span32 where, const std::string& domain) {
  if (!where || domain.empty())
    return {};
  auto text = unescape(where.of(stanza));
  auto parts = split_jid(text);
  if (!parts)
    return {};
  std::string result;
  if (!parts->local.empty())
    result.append(parts->local).append("@");
  result += domain;
  if (!parts->resource.empty())
    result.append("/").append(parts->resource);
  return escape(result);
}

/// Returns the domain to write in an address; empty if the address has it already.
std::string domain_to_write(const seen_domain* domain) {
  return domain == nullptr || domain->normal ? std::string{} : domain->name.wire();
}

} // namespace

std::unique_ptr<const std::string>
replaced_tag(const stanza& stanza, std::string_view content_namespace, const domain_name& target) {
  if (stanza.generated)
    return {};
  const auto from = domain_to_write(stanza.from);
  const auto to = !target.empty() && stanza.to != nullptr && stanza.to->name == target
                    ? target.wire()
                    : domain_to_write(stanza.to);
  if (from.empty() && to.empty()
      && passes_unchanged(stanza.text(), stanza.tag, stanza.source().context(), content_namespace))
    return {};
  const auto tag = restore_tag(stanza.text(), stanza.tag);
  return std::make_unique<const std::string>(rewrite_start_tag(
    stanza.text(), tag, stanza.source().context(), content_namespace,
    {address_at(stanza.text(), tag.to, to), address_at(stanza.text(), tag.from, from)}));
}

void drop_prefix(stanza& stanza) {
  auto plain = without_prefix(stanza.text(), stanza.tag, stanza.source().context());
  if (!plain)
    return;
  stanza.buffer = make_chunk(plain->text, stanza.buffer->source_handle());
  stanza.data = stanza.buffer->data();
  stanza.size = static_cast<uint32_t>(plain->text.size());
  stanza.tag = plain->tag;
}

} // namespace fedhub
