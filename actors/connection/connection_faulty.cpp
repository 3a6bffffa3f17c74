// The connection actor: faulty stanzas. The stanza is answered, and the stream goes on.
#include "actors/connection/connection_state.hpp"

#include "actors/hub/reply.hpp"
#include "protocol/stanza/faulty_stanza.hpp"
#include "protocol/text/jid.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub {

/// Adds `from` for a component that speaks for one domain only; else answers the stanza.
void connection_state::take_without_from(std::string_view text, stanza_kind kind) {
  const auto sender = role_.implied();
  if (!sender || !sender->certain)
    return take_faulty(text, kind, {failure::bad_address, "from is missing"});
  auto tag = reading_.scanner->tag();
  const auto own = make_chunk(add_from(text, tag, sender->domain.wire()), input_->source());
  take_stanza({own->data(), own->capacity()}, tag, kind, &own);
}

/// Answers a stanza that can't be passed on (RFC 6120 §8.3.3.8). If the sender's address is
/// malformed, the answer goes to its domain, since a malformed address would end the stream that
/// carries the answer. The stream ends if nobody can be answered: an address holds no domain, or
/// the stream does not speak for the sender's domain.
/// @param text one stanza as the scanner framed it. @param why the fault; `detail` names a
/// malformed address.
void connection_state::take_faulty(std::string_view text, stanza_kind kind,
                                   const stanza_fault& why) {
  const auto& tag = reading_.scanner->tag();
  auto* source = input_->source().get();
  const auto from = unescape(tag.from.of(text));
  const auto to = unescape(tag.to.of(text));
  const bool component = facts_.leg == stream_leg::node_component;
  const auto implied = from.empty() ? role_.implied() : std::nullopt;
  const auto refuse = [&](stream_error error, std::string_view detail) {
    end_over_stanza(why.why == failure::wrong_namespace ? stream_error::invalid_namespace : error,
                    detail);
  };
  const auto* sender = source->intern(implied ? implied->domain.wire() : domain_part(from));
  if (sender == nullptr)
    return refuse(stream_error::improper_addressing,
                  tag.from ? "the from address of a stanza has no domain"
                           : "a stanza without a from address");
  if (!tag.to && !component)
    return refuse(stream_error::improper_addressing, "a stanza without a to address");
  const auto* target = source->intern(domain_part(to));
  auto counterpart = target == nullptr ? role_.counterpart_of(sender->name) : std::nullopt;
  if (target == nullptr && !counterpart)
    if (const auto pair = role_.same_pair({sender->name, {}}))
      target = source->intern(pair->to.wire());
  auto error = stream_error::none;
  if (target != nullptr)
    error = take_pair(sender, target);
  else if (!counterpart)
    error = role_.authenticated() ? stream_error::invalid_from : stream_error::not_authorized;
  if (reading_.gate.is_shut(read_gate::form))
    return;
  if (target != nullptr)
    counterpart = target->name;
  const bool answers = unescape(tag.type.of(text)) == "error" && counterpart
                       && takes_answer(sender->name, *counterpart);
  if (error != stream_error::none && !answers)
    return refuse(error, "a stanza from " + sender->name.str()
                           + ", for which this stream is not authorised");
  times_.use_received();

  const auto well_formed = [&](std::string_view address) {
    const auto parts = split_jid(address);
    return parts && source->intern(parts->domain) != nullptr;
  };
  // A component's link carries any address unchanged.
  const bool keeps_to = component || well_formed(to);
  const auto xml = make_stand_in(text, tag,
                                 {well_formed(from) ? std::string_view{} : sender->name.wire(),
                                  keeps_to ? std::string_view{} : counterpart->wire()});
  stanza stanza;
  stanza.buffer = make_chunk(xml, input_->source());
  stanza.data = stanza.buffer->data();
  stanza.size = static_cast<uint32_t>(xml.size());
  stanza.kind = kind;
  start_tag whole;
  whole.end = stanza.size;
  whole.empty = true;
  stanza.tag = tag_digest{whole};
  stanza.from = sender;
  stanza.to = counterpart->empty() ? nullptr : source->intern(counterpart->wire());
  stanza.since = times_.read_at();
  gathered_.count(kind);
  reply_batch{*self_, *hub_, id_}.reject(stanza, too_late() ? failure::shutting_down : why.why,
                                         why.detail);
}

/// Ends the stream because of a stanza that it must not carry. The stanza counts as handled
/// (XEP-0198). Otherwise the peer would send it again on each new stream, and no later stanza would
/// arrive.
void connection_state::end_over_stanza(stream_error error, std::string_view detail) {
  flush_batch();
  if (management_)
    management_->handled(1, now());
  fail(error, failure::stream_invalid, detail);
}

} // namespace fedhub
