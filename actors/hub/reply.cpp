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
  while (auto x = reader.next())
    if (x->name == "to") {
      tag.to.begin = static_cast<uint32_t>(x->value.data() - xml.data());
      tag.to.end = tag.to.begin + static_cast<uint32_t>(x->value.size());
    }
  return tag_digest{tag};
}

/// Returns whether the failure means that the addressee can't be reached at all.
bool is_away(failure x) {
  const auto stage = stage_of(x);
  return stage == "dns" || stage == "connect" || stage == "node";
}

/// The error that the sender of a stanza gets.
struct answer_text {
  stanza_error condition;
  std::string text;
};

/// Returns the error for the sender. If the way to a node has failed, the text holds no address and
/// no message of the node's server; the log has both.
answer_text text_for_sender(const hub& x, const stanza& of, failure why, std::string_view detail) {
  const auto stage = stage_of(why);
  const bool on_the_way = stage == "dns" || stage == "connect" || stage == "stream"
                          || stage == "tls" || stage == "dialback" || stage == "node";
  const bool inside = of.to != nullptr && (on_the_way || stage == "queue" || stage == "hub")
                      && x.table()->local(of.to->name);
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

void reply_batch::reject(stanza& x, failure why, std::string_view detail) {
  const auto tag = restore_tag(x.text(), x.tag);
  if (x.generated || !may_bounce(x.kind, tag.type.of(x.text()))) {
    if (x.generated && hub_.draining && !is_away(why))
      hub_.account.lost(x); // the sender of the answered stanza will not know
    else
      hub_.account.dropped(x, why);
    return;
  }
  const auto told = text_for_sender(hub_, x, why, detail);
  auto xml = make_bounce(x.text(), tag, told.condition, told.text);
  stanza answer;
  // The answer counts against the credit of the stanza's source until it is written. So a source
  // that does not read its answers is not read either.
  answer.buffer = make_chunk(xml, x.buffer->source_handle());
  answer.data = answer.buffer->data();
  answer.size = static_cast<uint32_t>(xml.size());
  answer.kind = x.kind;
  answer.generated = true;
  answer.tag = digest_of(answer.text());
  answer.from = x.to;
  answer.to = x.from;
  answer.since = self_.home_system().clock().now(); // the stanza's own wait does not count
  hub_.account.bounced(x, why);
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
