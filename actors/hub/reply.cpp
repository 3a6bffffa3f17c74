#include "actors/hub/reply.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>

#include "actors/rules/routing_table.hpp"
#include "actors/stanzas/accounting.hpp"
#include "protocol/stanza/bounce.hpp"
#include "protocol/xml/attribute_reader.hpp"

namespace fedhub {

namespace {

/// Returns the digest of a stanza that the hub has made. Only `to` is set.
tag_digest digest_of(std::string_view xml) {
  start_tag tag;
  attribute_reader reader{xml};
  while (auto next = reader.next())
    if (next->name == "to") {
      tag.to.begin = static_cast<uint32_t>(next->value.data() - xml.data());
      tag.to.end = tag.to.begin + static_cast<uint32_t>(next->value.size());
    }
  return tag_digest{tag};
}

/// Returns whether the failure means that the addressee can't be reached at all.
bool is_away(failure why) {
  const auto stage = stage_of(why);
  return stage == "dns" || stage == "connect" || stage == "node";
}

/// The error that the sender of a stanza gets.
struct answer_text {
  stanza_error condition;
  std::string text;
};

/// Returns the error for the sender. If the way to a node has failed, the text holds no address and
/// no message of the node's server; the log has both.
answer_text text_for_sender(const hub& hub, const stanza& of, failure why,
                            std::string_view detail) {
  const auto stage = stage_of(why);
  const bool on_the_way = stage == "dns" || stage == "connect" || stage == "stream"
                          || stage == "tls" || stage == "dialback" || stage == "node";
  const bool inside = of.to != nullptr && (on_the_way || stage == "queue" || stage == "hub")
                      && hub.table()->local(of.to->name);
  if (!inside)
    return {condition_of(why), explain(why, detail)};
  if (why == failure::unconfirmed || !on_the_way)
    return {condition_of(why), std::string{describe(why)}};
  return {stanza_error::service_unavailable,
          "the server of " + of.to->name.wire() + " is not available"};
}

} // namespace

std::string explain(failure why, std::string_view detail) {
  std::string text{describe(why)};
  if (!detail.empty())
    text.append(": ").append(detail);
  return text;
}

std::string explained::str() const {
  return why == failure::none && in_order != nullptr ? in_order : explain(why, detail);
}

void explained::add_to(log_facts& to) const {
  to.add(fact::failure.name, why);
  to.add(fact::detail.name, detail);
}

void reply_batch::reject(stanza& rejected, failure why, std::string_view detail) {
  const auto tag = restore_tag(rejected.text(), rejected.tag);
  if (rejected.generated || !may_bounce(rejected.kind, tag.type.of(rejected.text()))) {
    if (rejected.generated && hub_.draining && !is_away(why))
      hub_.account.lost(rejected); // the sender of the answered stanza will not know
    else
      hub_.account.dropped(rejected, why);
    return;
  }
  const auto reason = text_for_sender(hub_, rejected, why, detail);
  auto xml = make_bounce(rejected.text(), tag, reason.condition, reason.text);
  stanza answer;
  // The answer counts against the credit of the stanza's source until it is written. So a source
  // that does not read its answers is not read either.
  answer.buffer = make_chunk(xml, rejected.buffer->source_handle());
  answer.data = answer.buffer->data();
  answer.size = static_cast<uint32_t>(xml.size());
  answer.kind = rejected.kind;
  answer.generated = true;
  answer.tag = digest_of(answer.text());
  answer.from = rejected.to;
  answer.to = rejected.from;
  answer.since = self_.home_system().clock().now(); // the stanza's own wait does not count
  hub_.account.bounced(rejected, why);
  if (!batch_)
    batch_ = std::make_shared<stanza_batch>(hub_.account);
  batch_->stanzas.push_back(std::move(answer));
}

reply_batch::~reply_batch() {
  if (batch_)
    // Sent in the actor's name: CAF takes an anonymous message for a foreign thread's, and wakes
    // another worker. "Unsafe" means that the types are not checked against the router's interface.
    caf::unsafe_send_as(&self_, hub_.router_for(key_), route_atom_v, std::move(batch_));
}

} // namespace fedhub
