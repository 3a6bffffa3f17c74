#include "bench/load/name_server.hpp"

#include <string>

#include <gmock/gmock.h>

namespace fedhub::load {

namespace {

using namespace std::string_literals;

constexpr uint16_t a = 1, aaaa = 28, srv = 33;

std::string u16(unsigned x) { return {static_cast<char>(x >> 8), static_cast<char>(x)}; }

std::string wire_name(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    result += static_cast<char>(label.size());
    result += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return result + '\0';
}

std::string query(std::string_view name, uint16_t type) {
  return "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s + wire_name(name) + u16(type) + u16(1);
}

/// The parts of a response that a resolver has to understand.
struct response {
  explicit response(const std::string& octets) {
    EXPECT_GE(octets.size(), 12U);
    id = octets.substr(0, 2);
    flags =
      static_cast<unsigned>(static_cast<uint8_t>(octets[2]) << 8 | static_cast<uint8_t>(octets[3]));
    answers = static_cast<uint8_t>(octets[7]);
    body = octets.substr(12);
  }
  unsigned code() const { return flags & 15; }

  std::string id, body;
  unsigned flags = 0, answers = 0;
};

const name_zone zone{{0x7f000001, 15269}, 8};

response ask(std::string_view name, uint16_t type) {
  return response{zone.answer(query(name, type))};
}

TEST(NameZone, leads_each_domain_to_a_host_by_srv) {
  const auto answer = ask("_xmpp-server._tcp.r11.load.example", srv);
  EXPECT_EQ(answer.id, "\x12\x34");
  EXPECT_EQ(answer.flags, 0x8580U); // QR, AA, RD, RA
  ASSERT_EQ(answer.answers, 1U);
  const auto target = wire_name("host3.load.example");
  const std::string question = wire_name("_xmpp-server._tcp.r11.load.example") + u16(srv) + u16(1);
  EXPECT_EQ(answer.body, question + "\xc0\x0c"s + u16(srv) + u16(1) + u16(0) + u16(3600)
                           + u16(static_cast<unsigned>(6 + target.size())) + u16(0) + u16(0)
                           + u16(15269) + target);
}

TEST(NameZone, knows_the_hosts_addresses) {
  const auto answer = ask("host3.load.example", a);
  ASSERT_EQ(answer.answers, 1U);
  EXPECT_THAT(answer.body, testing::EndsWith("\x00\x04\x7f\x00\x00\x04"s));
}

TEST(NameZone, compares_names_without_regard_to_case_and_repeats_them_as_asked) {
  const auto answer = ask("_XMPP-Server._TCP.R3.Load.EXAMPLE", srv);
  EXPECT_EQ(answer.answers, 1U);
  EXPECT_THAT(answer.body, testing::StartsWith(wire_name("_XMPP-Server._TCP.R3.Load.EXAMPLE")));
}

struct nothing {
  std::string name;
  uint16_t type;
  unsigned code;
};

class NameZoneNothing : public testing::TestWithParam<nothing> {};

TEST_P(NameZoneNothing, is_said_without_answers) {
  const auto answer = ask(GetParam().name, GetParam().type);
  EXPECT_EQ(answer.answers, 0U);
  EXPECT_EQ(answer.code(), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Names, NameZoneNothing,
                         testing::Values(nothing{"host3.load.example", aaaa, 0},
                                         nothing{"host8.load.example", a, 0},
                                         nothing{"r3.load.example", aaaa, 0},
                                         nothing{"_xmpp-server._tcp.r3.load.example", a, 0},
                                         nothing{"_xmpp-server._tcp.rx.load.example", srv, 0},
                                         nothing{"_xmpps-server._tcp.r3.load.example", srv, 3},
                                         nothing{"_jabber._tcp.r3.load.example", srv, 3},
                                         nothing{"elsewhere.example", a, 0}));

TEST(NameZone, refuses_what_is_no_question) {
  EXPECT_EQ(zone.answer("short"), "");
  EXPECT_EQ(zone.answer("\x12\x34\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00"s), ""); // a response
  const std::string whole = query("r1.load.example", a);
  for (size_t size = 12; size < whole.size(); ++size)
    EXPECT_EQ(response{zone.answer(whole.substr(0, size))}.code(), 1U) << size;
  std::string pointer = whole;
  pointer[12] = '\xc0';
  EXPECT_EQ(response{zone.answer(pointer)}.code(), 1U);
  std::string status = whole;
  status[2] = '\x10';
  EXPECT_EQ(response{zone.answer(status)}.code(), 4U);
}

} // namespace

} // namespace fedhub::load
