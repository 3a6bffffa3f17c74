#include "protocol/dns/dns_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/protocol/dns/dns_packets.hpp"

namespace fedhub {
namespace {

using namespace dns_number;
using kind = dns_view_decision::kind;

constexpr uint16_t type_txt = 16;
constexpr uint16_t type_https = 65;
constexpr std::array<uint8_t, 4> ipv4{10, 0, 0, 1};
constexpr std::array<uint8_t, 16> ipv6{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

const dns_view view{"hub.internal", ipv4, 7400, 60};

dns_view_decision ask(const packet& x, dns_transport how = dns_transport::udp) {
  return view.decide(x.octets(), how);
}

struct name_row {
  std::string_view name;
  uint16_t type;
  kind what;
};

TEST(DnsView, knows_its_names_in_any_letter_case_and_nothing_else) {
  const std::string long_label(63, 'x');
  const name_row table[] = {
    {"_xmpp-server._tcp.partner.example", type_srv, kind::records},
    {"_XMPP-Server._TCP.Partner.Example", type_srv, kind::records},
    {"_xmpp-server._tcp.example", type_srv, kind::records},
    {"_xmpp-server._tcp.hub.internal", type_srv, kind::records},
    {"_xmpp-server._tcp.xn--bcher-kva.example", type_srv, kind::records},
    {"_xmpp-server._tcp.a_b.example", type_srv, kind::records},
    {"_xmpp-server._tcp.partner.example", type_any, kind::records},
    {"_xmpp-server._tcp.partner.example", type_a, kind::no_data},
    {"_xmpp-server._tcp.partner.example", type_txt, kind::no_data},
    {"_xmpps-server._tcp.partner.example", type_srv, kind::no_data},
    {"_XMPPS-SERVER._tcp.partner.example", type_any, kind::no_data},
    {"_xmpps-server._tcp.partner.example", type_txt, kind::no_data},
    {"_jabber._tcp.partner.example", type_srv, kind::no_data},
    {"hub.internal", type_a, kind::records},
    {"HUB.Internal", type_a, kind::records},
    {"hub.internal", type_any, kind::records},
    {"hub.internal", type_aaaa, kind::no_data},
    {"hub.internal", type_https, kind::no_data},
    {"hub.internal", type_srv, kind::no_data},
    {"a.hub.internal", type_a, kind::forward},
    {"internal", type_a, kind::forward},
    {"xhub.internal", type_a, kind::forward},
    {"_xmpp-server._tcp", type_srv, kind::forward}, // without a domain
    {"_xmpp-server._tcp.", type_srv, kind::forward},
    {"x._xmpp-server._tcp.partner.example", type_srv, kind::forward},
    {"_xmpp-server._udp.partner.example", type_srv, kind::forward},
    {"_xmpp-client._tcp.partner.example", type_srv, kind::forward},
    {"_xmpp-servers._tcp.partner.example", type_srv, kind::forward},
    {"_tcp.partner.example", type_srv, kind::forward},
    {"partner.example", type_srv, kind::forward},
    {"partner.example", type_a, kind::forward},
    {"", type_a, kind::forward},
  };
  for (const auto& [name, type, what] : table)
    for (const bool edns : {false, true}) {
      packet packet{.name = name, .type = type};
      if (edns)
        packet = with_edns(packet);
      EXPECT_EQ(ask(packet).what, what) << name << " " << type;
    }
  EXPECT_EQ(ask({.name = "_xmpp-server._tcp.a.b", .klass = class_any}).what, kind::records);
  EXPECT_EQ(ask({.name = "_xmpp-server._tcp.a.b", .klass = 3}).what, kind::forward) << "CHAOS";
}

TEST(DnsView, leads_every_domain_to_the_hub) {
  const auto answer = ask({.name = "_XMPP-server._tcp.A.b"}).answer;
  EXPECT_EQ(answer,
            octets_of("1234 8580 0001 0001 0000 0001"
                      "0c 5f584d50502d736572766572 04 5f746370 01 41 01 62 00 0021 0001"
                      "c00c 0021 0001 0000003c 0014 0000 0000 1ce8 03 687562 08 696e7465726e616c "
                      "00"
                      "03 687562 08 696e7465726e616c 00 0001 0001 0000003c 0004 0a000001"));
}

TEST(DnsView, knows_the_address_of_its_name) {
  const auto answer = ask({.name = "Hub.internal", .type = type_a}).answer;
  EXPECT_EQ(answer, octets_of("1234 8580 0001 0001 0000 0000"
                              "03 487562 08 696e7465726e616c 00 0001 0001"
                              "c00c 0001 0001 0000003c 0004 0a000001"));
  const dns_view other{"hub.internal", ipv6, 7400, 0};
  EXPECT_EQ(
    other.decide(packet{.name = "hub.internal", .type = type_a}.octets(), dns_transport::udp).what,
    kind::no_data);
  EXPECT_EQ(
    other.decide(packet{.name = "hub.internal", .type = type_aaaa}.octets(), dns_transport::udp)
      .answer,
    octets_of("1234 8580 0001 0001 0000 0000"
              "03 687562 08 696e7465726e616c 00 001c 0001"
              "c00c 001c 0001 00000000 0010 fd00 0000 0000 0000 0000 0000 0000 0001"));
}

TEST(DnsView, says_for_how_long_there_is_no_data) {
  const auto answer = ask({.name = "_xmpps-server._tcp.a.b"}).answer;
  EXPECT_EQ(answer, octets_of("1234 8580 0001 0000 0001 0000"
                              "0d 5f786d7070732d736572766572 04 5f746370 01 61 01 62 00 0021 0001"
                              "c00c 0006 0001 0000003c 003b"
                              "03 687562 08 696e7465726e616c 00"
                              "0a 686f73746d6173746572 03 687562 08 696e7465726e616c 00"
                              "00000001 00000e10 00000258 00015180 0000003c"));
}

TEST(DnsView, repeats_what_the_asker_knows_and_signs_nothing) {
  for (const auto& [name, type] : {std::pair{"_xmpp-server._tcp.a.b", type_srv},
                                   {"_xmpps-server._tcp.a.b", type_srv},
                                   {"hub.internal", type_a}}) {
    const packet plain{.name = name, .type = type, .flags = 0x0130}; // RD, AD, CD
    const dns_head head{ask(plain).answer};
    EXPECT_EQ(head.flags, 0x8590) << "no AD: nothing is authentic";
    EXPECT_EQ(dns_head{ask({.name = name, .type = type, .flags = 0}).answer}.flags, 0x8480);
    const auto with_opt = ask(with_edns(plain, 4096, 0, true)).answer;
    EXPECT_EQ(dns_head{with_opt}.counts[3], head.counts[3] + 1);
    // The hub's own size, version 0, no DO.
    EXPECT_EQ(dns_octets(with_opt.end() - 11, with_opt.end()),
              octets_of("00 0029 04d0 00 00 0000 0000"));
  }
}

TEST(DnsView, keeps_to_the_size_that_the_asker_takes) {
  // The longest names: 255 octets each on the wire.
  const std::string label(63, 'a');
  const auto host = label + "." + label + "." + label + "." + std::string(61, 'h');
  const dns_view longest{host, ipv6, 7400, 60};
  const auto domain = label + "." + label + "." + label + "." + std::string(43, 'd');
  const auto name = "_xmpp-server._tcp." + domain;
  ASSERT_EQ(dns_name_of(host).size(), 255u);
  ASSERT_EQ(dns_name_of(name).size(), 255u);
  struct row {
    packet x;
    dns_transport how;
    size_t most;
    bool cut;
    uint16_t additionals;
  };
  const packet plain{.name = name};
  const row table[] = {
    {plain, dns_transport::udp, 512, true, 0},
    {plain, dns_transport::tcp, 65535, false, 1},
    {with_edns(plain, 100), dns_transport::udp, 512, true, 1},
    {with_edns(plain, 512), dns_transport::udp, 512, true, 1},
    {with_edns(plain, 600), dns_transport::udp, 600, false, 1}, // without the address
    {with_edns(plain, 1232), dns_transport::udp, 1232, false, 2},
    {with_edns(plain, 65535), dns_transport::udp, 1232, false, 2},
  };
  for (const auto& row : table) {
    const auto answer = longest.decide(row.x.octets(), row.how).answer;
    const dns_head head{answer};
    EXPECT_LE(answer.size(), row.most);
    EXPECT_EQ(head.has(dns_writer::truncated), row.cut);
    EXPECT_EQ(head.counts[1], row.cut ? 0 : 1);
    EXPECT_EQ(head.counts[3], row.additionals);
  }
  const auto other_name = "_xmpps-server._tcp." + domain.substr(1);
  const packet other{.name = other_name};
  const auto answer = longest.decide(other.octets(), dns_transport::udp).answer;
  EXPECT_TRUE(dns_head{answer}.has(dns_writer::truncated));
  EXPECT_LE(answer.size(), 512u);
}

struct odd_row {
  std::string_view why;
  dns_octets message;
  kind what;
  int rcode;
};

dns_octets cut(dns_octets dns_octets, size_t octets) {
  dns_octets.resize(octets);
  return dns_octets;
}

TEST(DnsView, refuses_malformed_and_unsupported_messages) {
  const packet good{.name = "_xmpp-server._tcp.a.b"};
  const auto whole = good.octets();
  const auto pointer = octets_of("1234 0100 0001 0000 0000 0000 c00c 0021 0001");
  const auto opt = with_edns(good).octets();
  auto named_opt = good;
  named_opt.counts[3] = 1;
  named_opt.rest = octets_of("01 61 00 0029 04d0 00 00 0000 0000");
  auto two_opts = with_edns(good);
  two_opts.counts[3] = 2;
  two_opts.rest.insert(two_opts.rest.end(), two_opts.rest.begin(), two_opts.rest.begin() + 11);
  auto bad_option = good;
  bad_option.counts[3] = 1;
  bad_option.rest = octets_of("00 0029 04d0 00 00 0000 0005 000a 0009 61");
  auto good_option = good;
  good_option.counts[3] = 1;
  good_option.rest = octets_of("00 0029 04d0 00 00 0000 0006 000a 0002 6162");
  auto trailing = whole;
  trailing.push_back(0);
  const std::string label(63, 'a');
  const auto too_long = label + "." + label + "." + label + "." + std::string(62, 'h');

  const odd_row table[] = {
    {"nothing", {}, kind::ignored, 0},
    {"no whole header", cut(whole, 11), kind::ignored, 0},
    {"an answer", packet{.name = good.name, .flags = 0x8000}.octets(), kind::ignored, 0},
    {"an answer that is malformed", cut(packet{.flags = 0x8000}.octets(), 12), kind::ignored, 0},
    {"opcode 1", packet{.flags = 0x0800}.octets(), kind::refused, 4},
    {"NOTIFY", packet{.flags = 0x2000}.octets(), kind::refused, 4},
    {"UPDATE", packet{.flags = 0x2800}.octets(), kind::refused, 4},
    {"no question", packet{.counts = {0, 0, 0, 0}}.octets(), kind::malformed, 1},
    {"two questions", packet{.counts = {2, 0, 0, 0}}.octets(), kind::malformed, 1},
    {"an answer record", packet{.counts = {1, 1, 0, 0}}.octets(), kind::malformed, 1},
    {"an authority record", packet{.counts = {1, 0, 1, 0}}.octets(), kind::malformed, 1},
    {"a missing record", packet{.counts = {1, 0, 0, 1}}.octets(), kind::malformed, 1},
    {"a header alone", cut(whole, 12), kind::malformed, 1},
    {"half a name", cut(whole, 20), kind::malformed, 1},
    {"no class", cut(whole, whole.size() - 2), kind::malformed, 1},
    {"more behind it", trailing, kind::malformed, 1},
    {"a compressed name", pointer, kind::malformed, 1},
    {"an extended label", octets_of("1234 0100 0001 0000 0000 0000 41 61 00 0021 0001"),
     kind::malformed, 1},
    {"a name of 256 octets", packet{.name = too_long}.octets(), kind::malformed, 1},
    {"half an OPT", cut(opt, opt.size() - 3), kind::malformed, 1},
    {"an OPT with a name", named_opt.octets(), kind::malformed, 1},
    {"two OPTs", two_opts.octets(), kind::malformed, 1},
    {"an option that is cut off", bad_option.octets(), kind::malformed, 1},
    {"an option", good_option.octets(), kind::records, 0},
    {"EDNS 1", with_edns(good, 1232, 1).octets(), kind::refused,
     0}, // BADVERS: its upper bits are in OPT
    {"AXFR", packet{.type = type_axfr}.octets(), kind::refused, 5},
    {"IXFR", packet{.name = good.name, .type = type_ixfr}.octets(), kind::refused, 5},
  };
  for (const auto& [why, message, what, rcode] : table)
    for (const auto how : {dns_transport::udp, dns_transport::tcp}) {
      const auto decision = view.decide(message, how);
      EXPECT_EQ(decision.what, what) << why;
      EXPECT_EQ(decision.answer.empty(), what == kind::ignored) << why;
      if (decision.answer.empty())
        continue;
      const dns_head head{decision.answer};
      EXPECT_EQ(head.id, 0x1234) << why;
      EXPECT_EQ(head.rcode(), rcode) << why;
      EXPECT_TRUE(head.has(dns_writer::response)) << why;
      EXPECT_EQ(head.flags & 0x7800, message[2] << 8 & 0x7800) << why << ": the opcode";
    }
  const auto version = view.decide(with_edns(good, 1232, 1).octets(), dns_transport::udp).answer;
  EXPECT_EQ(dns_octets(version.end() - 11, version.end()),
            octets_of("00 0029 04d0 01 00 0000 0000"));
}

} // namespace
} // namespace fedhub
