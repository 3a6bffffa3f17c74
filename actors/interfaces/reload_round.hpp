// One round of a reload: the object that shows when all actors of a kind have handled their
// message.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <caf/allowed_unsafe_message_type.hpp>

namespace fedhub {

struct settings;
class routing_table;

/// The rules that were in force before. The rules in force now are in `hub`.
struct former_rules {
  std::shared_ptr<const settings> configured;
  std::shared_ptr<const routing_table> table;
};

/// Shared by all messages of the round. A message is destroyed after the turn that handles it, or
/// with the actor that it was for. So the round ends when all messages have been handled, and an
/// actor that is gone does not delay it.
///
/// Thread safety: any thread may release it.
class reload_round {
public:
  /// @param done called by the thread that destroys the last message; may be empty.
  reload_round(former_rules former, std::function<void()> done)
    : before(std::move(former)), done_(std::move(done)) {}
  reload_round(const reload_round&) = delete;
  reload_round& operator=(const reload_round&) = delete;
  ~reload_round() {
    if (done_)
      done_();
  }

  const former_rules before;

private:
  std::function<void()> done_;
};
using reload_round_ptr = std::shared_ptr<const reload_round>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::reload_round_ptr)
