// Answers to stanzas that can't be passed on.
#pragma once

#include <string>
#include <string_view>

#include <caf/fwd.hpp>

#include "actors/hub/hub.hpp"
#include "actors/log/log_facts.hpp"

namespace fedhub {

/// Answers stanzas by stanza errors where RFC 6120 §8.3.1 allows one, drops them otherwise, and
/// settles them. The answers go to a router as one batch when the object ends. Belongs to one
/// message handler.
class reply_batch {
public:
  /// @param self who handles the message.
  /// @param key of the router to use, as for `hub::router_for`.
  reply_batch(caf::local_actor& self, hub& x, uint64_t key) : self_(self), hub_(x), key_(key) {}
  reply_batch(const reply_batch&) = delete;
  reply_batch& operator=(const reply_batch&) = delete;
  ~reply_batch();

  /// @param detail what is known beyond the failure itself; shown to the sender.
  void reject(stanza& x, failure why, std::string_view detail = {});

private:
  caf::local_actor& self_;
  hub& hub_;
  uint64_t key_;
  stanza_batch_ptr batch_;
};

/// "no such domain in DNS: NXDOMAIN for …": the text of bounces and log lines.
std::string explain(failure why, std::string_view detail);

/// A failure and what is known beyond it, as `explain` says it; facts: failure, stage, detail.
struct explained {
  failure why;
  std::string_view detail;
  /// How the text says `failure::none`; null: as `explain` does.
  const char* in_order = nullptr;

  std::string str() const;
  void add_to(log_facts& to) const;
};

} // namespace fedhub
