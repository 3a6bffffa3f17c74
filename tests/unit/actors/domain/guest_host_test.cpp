#include "actors/domain/guest_host.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const guest_host::time_point begin{1h};

TEST(GuestHost, stays_for_guests_once_other_domains_have_the_server) {
  using run = void (*)(guest_host&);
  const struct {
    const char* event;
    run apply;
    const char* key;
    bool stays;
  } table[] = {
    {"nothing", [](auto&) {}, "", false},
    {"offered", [](auto& x) { x.offer("a", false); }, "a", false},
    {"offered, others have it", [](auto& x) { x.offer("a", true); }, "a", true},
    {"a guest came",
     [](auto& result) {
       result.offer("a", false);
       result.note_guest();
     },
     "a", true},
    {"left",
     [](auto& result) {
       result.offer("a", true);
       EXPECT_EQ(result.leave(), "a");
     },
     "", false},
    {"left, offered again",
     [](auto& result) {
       result.offer("a", true);
       result.leave();
       result.offer("b", false);
     },
     "b", false},
  };
  for (const auto& row : table) {
    guest_host host;
    row.apply(host);
    EXPECT_EQ(host.key(), row.key) << row.event;
    EXPECT_EQ(host.offered(), *row.key != '\0') << row.event;
    EXPECT_EQ(host.lasting(), row.stays) << row.event;
    EXPECT_EQ(host.kept_until(begin),
              row.stays ? begin + guest_host::guest_time : guest_host::time_point::min())
      << row.event;
  }
}

} // namespace
} // namespace fedhub
