// An answer of the admin actor for which it asks other actors.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "actors/admin/admin_state.hpp"

namespace fedhub {

class admin_state::gathering {
public:
  explicit gathering(std::function<void()> finish) : finish_{std::move(finish)} {}
  gathering(const gathering&) = delete;
  gathering& operator=(const gathering&) = delete;

  /// Waits for one more answer.
  void await() { ++awaited_; }
  /// Notes that an answer has come, or does not come.
  void end_one() {
    if (--awaited_ == 0)
      std::exchange(finish_, nullptr)();
  }

private:
  size_t awaited_ = 1; ///< answers, and the caller until it has asked all.
  std::function<void()> finish_;
};

} // namespace fedhub
