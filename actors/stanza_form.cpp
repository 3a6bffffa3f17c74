#include "actors/stanza_form.hpp"

#include "protocol/jid.hpp"
#include "protocol/rewrite.hpp"

namespace fedhub {

namespace {

/// The address with its domain in normal form, as attribute text; empty if it stands so already.
std::string normalised_address(std::string_view stanza, span32 where, const seen_domain* domain) {
  if (!where || domain == nullptr || domain->normal)
    return {};
  auto text = unescape(where.of(stanza));
  auto parts = split_jid(text);
  if (!parts)
    return {};
  std::string result;
  if (!parts->local.empty())
    result.append(parts->local).append("@");
  result += domain->name.str();
  if (!parts->resource.empty())
    result.append("/").append(parts->resource);
  return escape(result);
}

} // namespace

std::unique_ptr<const std::string> replaced_tag(const stanza& x,
                                                std::string_view content_namespace) {
  if (x.generated)
    return {};
  bool addresses_normal =
    (x.from == nullptr || x.from->normal) && (x.to == nullptr || x.to->normal);
  if (addresses_normal
      && passes_unchanged(x.text(), x.tag, x.source().context(), content_namespace))
    return {};
  const auto tag = restore_tag(x.text(), x.tag);
  return std::make_unique<const std::string>(rewrite_start_tag(
    x.text(), tag, x.source().context(), content_namespace,
    {normalised_address(x.text(), tag.to, x.to), normalised_address(x.text(), tag.from, x.from)}));
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
