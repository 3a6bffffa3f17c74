// Answers to stanzas that can't be passed on.
#pragma once

#include <string>
#include <string_view>

#include <caf/fwd.hpp>

#include "actors/hub/hub.hpp"
#include "actors/log/log_facts.hpp"

namespace fedhub {

/// Settles stanzas that can't be passed on: answers each with a stanza error where RFC 6120 §8.3.1
/// allows one, else drops it. The answers go to a router as one batch when the object ends. Belongs
/// to one message handler.
class reply_batch {
public:
  /// @param self the actor that handles the message.
  /// @param key of the router to use, as for `hub::router_for`.
  reply_batch(caf::local_actor& self, hub& its_hub, uint64_t key)
    : self_(self), hub_(its_hub), key_(key) {}
  reply_batch(const reply_batch&) = delete;
  reply_batch& operator=(const reply_batch&) = delete;
  ~reply_batch();

  /// Answers or drops one stanza.
  /// @param detail more about the failure; shown to the sender, unless the fault is with a node or
  /// the way to it.
  void reject(stanza& stanza, failure why, std::string_view detail = {});

private:
  caf::local_actor& self_;
  hub& hub_;
  uint64_t key_;
  stanza_batch_ptr batch_;
};

/// Returns the text of bounces and log lines: "no such domain in DNS: NXDOMAIN for …".
std::string explain(failure why, std::string_view detail);

/// A failure with its detail, for the log. The text is that of `explain`; the facts are failure,
/// stage and detail.
struct explained {
  failure why;
  std::string_view detail;
  /// The text for `failure::none`; null: the text of `explain`.
  const char* in_order = nullptr;

  std::string str() const;
  void add_to(log_facts& to) const;
};

} // namespace fedhub
