// The phases of a security layer: each event in each phase.
#include "actors/connection/security_layer.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using phase = security_layer::phase;

/// Returns a layer in this phase, brought there by events.
security_layer in(phase wanted) {
  security_layer layer;
  switch (wanted) {
  case phase::steady:
    break;
  case phase::tls_agreed:
    layer.agree_tls();
    break;
  case phase::tls_due:
    layer.begin_direct_tls();
    break;
  case phase::handshaking:
    layer.agree_tls();
    EXPECT_TRUE(layer.written_out());
    break;
  case phase::restart_agreed:
    layer.agree_restart();
    break;
  }
  EXPECT_EQ(layer.state(), wanted);
  return layer;
}

TEST(SecurityLayer, answers_for_each_phase) {
  struct row {
    phase state;
    bool changing, agreed, handshaking;
  };
  for (const auto& row : std::vector<row>{
         {phase::steady, false, false, false},
         {phase::tls_agreed, true, true, false},
         {phase::tls_due, true, false, false},
         {phase::handshaking, true, false, true},
         {phase::restart_agreed, true, true, false},
       }) {
    const auto layer = in(row.state);
    EXPECT_EQ(layer.changing(), row.changing) << int(row.state);
    EXPECT_EQ(layer.agreed(), row.agreed) << int(row.state);
    EXPECT_EQ(layer.handshaking(), row.handshaking) << int(row.state);
    EXPECT_EQ(layer.undecided(), row.changing) << int(row.state);
  }
}

TEST(SecurityLayer, shakes_hands_once_all_is_written_unless_only_the_stream_restarts) {
  struct row {
    phase before;
    bool tls;
    phase after;
  };
  for (const auto& row : {row{phase::tls_agreed, true, phase::handshaking},
                          row{phase::tls_due, true, phase::handshaking},
                          row{phase::restart_agreed, false, phase::steady}}) {
    auto layer = in(row.before);
    EXPECT_EQ(layer.written_out(), row.tls);
    EXPECT_EQ(layer.state(), row.after);
  }
  auto layer = in(phase::handshaking);
  layer.handshake_over();
  EXPECT_EQ(layer.state(), phase::steady);
}

TEST(SecurityLayer, does_not_change_after_the_end_of_the_stream_unless_it_is_changing) {
  for (const auto before :
       {phase::steady, phase::tls_agreed, phase::tls_due, phase::restart_agreed}) {
    auto layer = in(before);
    layer.stream_ends();
    EXPECT_EQ(layer.state(), phase::steady);
  }
  auto layer = in(phase::handshaking);
  layer.stream_ends();
  EXPECT_EQ(layer.state(), phase::handshaking);
}

TEST(SecurityLayer, remembers_how_TLS_began) {
  EXPECT_FALSE(in(phase::handshaking).direct());
  auto layer = in(phase::tls_due);
  EXPECT_TRUE(layer.direct());
  layer.written_out();
  layer.handshake_over();
  EXPECT_TRUE(layer.direct());
}

TEST(SecurityLayer, is_undecided_while_the_peer_is_judged_whatever_the_phase) {
  for (const auto state : {phase::steady, phase::tls_agreed, phase::tls_due, phase::handshaking,
                           phase::restart_agreed}) {
    auto layer = in(state);
    EXPECT_FALSE(layer.judged());
    layer.judge();
    EXPECT_TRUE(layer.undecided());
    EXPECT_EQ(layer.state(), state);
    EXPECT_TRUE(layer.judged());
    EXPECT_FALSE(layer.judging());
    EXPECT_EQ(layer.undecided(), state != phase::steady);
  }
}

} // namespace
} // namespace fedhub
