#include "actors/stanzas/stanza_form.hpp"

#include "protocol/stanza/rewrite.hpp"
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

std::unique_ptr<const std::string> replaced_tag(const stanza& x, std::string_view content_namespace,
                                                const domain_name& target) {
  if (x.generated)
    return {};
  const auto from = domain_to_write(x.from);
  const auto to = !target.empty() && x.to != nullptr && x.to->name == target
                    ? target.wire()
                    : domain_to_write(x.to);
  if (from.empty() && to.empty()
      && passes_unchanged(x.text(), x.tag, x.source().context(), content_namespace))
    return {};
  const auto tag = restore_tag(x.text(), x.tag);
  return std::make_unique<const std::string>(
    rewrite_start_tag(x.text(), tag, x.source().context(), content_namespace,
                      {address_at(x.text(), tag.to, to), address_at(x.text(), tag.from, from)}));
}

void drop_prefix(stanza& x) {
  auto plain = without_prefix(x.text(), x.tag, x.source().context());
  if (!plain)
    return;
  x.buffer = make_chunk(plain->text, x.buffer->source_handle());
  x.data = x.buffer->data();
  x.size = static_cast<uint32_t>(plain->text.size());
  x.tag = plain->tag;
}

} // namespace fedhub
