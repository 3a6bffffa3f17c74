// For tests: an outbox whose peer acknowledges stanzas (XEP-0198).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/actors/stanzas/outbox_scene.hpp"

namespace fedhub::test {

using namespace std::chrono_literals;

/// An outbox that holds written stanzas until they are acknowledged.
class held_outbox_test : public outbox_test {
protected:
  held_outbox_test() { hold(plenty, plenty); }

  void hold(int64_t bytes, int64_t stanzas) {
    limit(bytes, stanzas);
    box->hold_written();
  }
  void push_at(std::string_view id, time_point since, size_t size = 200) {
    auto pieces = stream.cut(message_of_size(id, size), since);
    EXPECT_EQ(box->push(pieces), failure::none);
    box->publish();
  }
  /// Pushes and writes `n` stanzas, numbered from 1.
  void write(int n, size_t size = 200) {
    for (int i = 1; i <= n; ++i)
      push(message_of_size(std::to_string(i), size));
    ASSERT_EQ(flush(), io_status::ok);
    read();
  }
  std::vector<std::string> take_held(time_point now = {}) {
    auto xs = box->take_held(now);
    auto result = ids_of(xs);
    settle(std::move(xs));
    return result;
  }

  const time_point noon{12h};
};

} // namespace fedhub::test
