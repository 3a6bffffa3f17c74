// Connections that ask for admission, on a clock that the test turns.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/rules/admission.hpp"

namespace fedhub::test {

using namespace std::chrono_literals;

/// An admission without limits, and connections that ask it.
class admission_test : public testing::Test {
protected:
  static constexpr uint64_t many = 1'000'000;

  auto try_enter(const std::string& ip, listener_kind at = listener_kind::s2s) {
    return places.enter(*socket_address::parse(ip, 40000), at, now);
  }
  admission_ticket_ptr enter(const std::string& ip = "192.0.2.1",
                             listener_kind at = listener_kind::s2s) {
    auto place = try_enter(ip, at);
    return place ? std::move(*place) : nullptr;
  }
  /// Admits a connection that can be asked to give way.
  admission_ticket_ptr enter_and_notice(const std::string& ip, const std::string& name) {
    auto place = enter(ip);
    if (place)
      place->may_give_way([this, name] { ended.push_back(name); });
    return place;
  }
  /// Returns how many of `n` simultaneous connections are admitted.
  int burst(int n, const std::string& ip, listener_kind at = listener_kind::s2s) {
    int taken = 0;
    for (int i = 0; i < n; ++i)
      if (auto place = enter(ip, at)) {
        ++taken;
        held.push_back(std::move(place));
      }
    return taken;
  }
  double refused(connection_limit why, listener_kind at = listener_kind::s2s) {
    return metrics.connections_refused.at(at, why).Value();
  }
  double accepted() { return metrics.connections_accepted.at(listener_kind::s2s).Value(); }

  hub_metrics metrics{"test"};
  admission places{{many, many, many}, metrics};
  std::vector<admission_ticket_ptr> held;
  std::vector<std::string> ended;
  admission::time_point now{1h};
};

} // namespace fedhub::test
