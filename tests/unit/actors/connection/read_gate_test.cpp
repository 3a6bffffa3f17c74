#include "actors/connection/read_gate.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

constexpr auto reasons = {read_gate::credit, read_gate::answers, read_gate::form, read_gate::late};

TEST(ReadGate, keeps_its_reasons_apart_and_tells_each_change_once) {
  for (const auto one : reasons)
    for (const auto other : reasons) {
      read_gate gate;
      EXPECT_FALSE(gate.lift(one));
      EXPECT_TRUE(gate.shut(one));
      EXPECT_FALSE(gate.shut(one));
      EXPECT_EQ(gate.shut(other), one != other);
      EXPECT_TRUE(gate.is_shut(one));
      EXPECT_TRUE(gate.lift(other));
      EXPECT_FALSE(gate.is_shut(other));
      EXPECT_EQ(gate.is_shut(one), one != other);
    }
}

TEST(ReadGate, lets_read_the_socket_while_only_scanning_waits) {
  for (const auto reason : reasons) {
    read_gate gate;
    EXPECT_TRUE(gate.permits_reading());
    gate.shut(reason);
    EXPECT_EQ(gate.permits_reading(), reason == read_gate::answers || reason == read_gate::form);
  }
}

} // namespace
} // namespace fedhub
