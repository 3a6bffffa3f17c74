#include "actors/dns/dns_message.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/dns/dns_packet.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using kind = dns_answer::kind;
using test::dns_packet;
using test::octets;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const dns_question srv_question{"_xmpp-server._tcp.partner.example", dns_type::srv};
const dns_question a_question{"chat.partner.example", dns_type::a};
const dns_question aaaa_question{"chat.partner.example", dns_type::aaaa};
const dns_question tlsa_question{"_5269._tcp.chat.partner.example", dns_type::tlsa};

dns_answer read(const dns_packet& packet, const dns_question& question) {
  return read_dns_answer(packet.encode(question), question);
}

std::vector<std::string> ips(const dns_answer& answer) {
  std::vector<std::string> result;
  for (const auto& address : answer.addresses)
    result.push_back(address.ip());
  return result;
}

TEST(DnsMessage, reads_services_with_the_least_ttl) {
  auto result = read(
    dns_packet{}.srv("@", 300, 10, 60, 5269, "A.Partner.Example").srv("@", 200, 20, 0, 5270, ""),
    srv_question);
  EXPECT_EQ(result.what, kind::records);
  EXPECT_EQ(result.ttl, 200s);
  EXPECT_THAT(result.services, ElementsAre(srv_record{10, 60, 5269, "a.partner.example"},
                                           srv_record{20, 0, 5270, ""}));
}

TEST(DnsMessage, reads_addresses_of_both_families) {
  auto v4 = read(dns_packet{}.a("@", 60, "192.0.2.7").a("@", 60, "192.0.2.8"), a_question);
  EXPECT_THAT(ips(v4), ElementsAre("192.0.2.7", "192.0.2.8"));
  EXPECT_EQ(v4.addresses.at(0).port(), 0);
  auto v6 = read(dns_packet{}.aaaa("@", 60, "2001:db8::7"), aaaa_question);
  EXPECT_THAT(ips(v6), ElementsAre("2001:db8::7"));
}

TEST(DnsMessage, follows_aliases_in_any_order_and_counts_their_ttl) {
  auto result = read(dns_packet{}
                       .a("c.example", 300, "192.0.2.7")
                       .cname("b.example", 7, "C.EXAMPLE")
                       .cname("@", 300, "b.example"),
                     a_question);
  EXPECT_EQ(result.what, kind::records);
  EXPECT_THAT(ips(result), ElementsAre("192.0.2.7"));
  EXPECT_EQ(result.ttl, 7s);
}

TEST(DnsMessage, reports_the_name_at_which_aliases_end) {
  auto of = [](const dns_packet& packet) { return read(packet, a_question).canonical_name; };
  auto alias = dns_packet{}.cname("@", 60, "B.example").cname("b.example", 60, "c.example");
  EXPECT_EQ(of(alias), "");
  EXPECT_EQ(of(alias.a("c.example", 60, "192.0.2.7")), "c.example");
  EXPECT_EQ(of(dns_packet{}.a("@", 60, "192.0.2.7")), "");
}

TEST(DnsMessage, reads_associations_as_they_are) {
  tlsa_record usual{3, 1, 1, std::string(32, '\xd2')}, odd{255, 254, 253, std::string{"\0\n", 2}},
    empty{0, 0, 0, ""};
  auto result = read(dns_packet{}.tlsa("@", 300, usual).tlsa("@", 200, odd).tlsa("@", 300, empty),
                     tlsa_question);
  EXPECT_EQ(result.what, kind::records);
  EXPECT_EQ(result.ttl, 200s);
  EXPECT_THAT(result.associations, ElementsAre(usual, odd, empty));
  EXPECT_EQ(read(dns_packet{}.record("@", 52, 60, {3, 1}), tlsa_question).what, kind::failed);
  EXPECT_EQ(read(dns_packet{}.tlsa("other.example", 60, usual), tlsa_question).what, kind::no_data);
}

TEST(DnsMessage, tells_whether_the_server_calls_it_secure) {
  auto address = dns_packet{}.a("@", 60, "192.0.2.7");
  EXPECT_FALSE(read(address, a_question).secure);
  EXPECT_TRUE(read(address.authenticated(), a_question).secure);
  EXPECT_TRUE(read(dns_packet{dns_packet::nxdomain}.authenticated(), a_question).secure);
  EXPECT_FALSE(read(dns_packet{dns_packet::servfail}.authenticated(), a_question).secure);
  EXPECT_FALSE(read(dns_packet{}.record("@", 1, 60, {1}).authenticated(), a_question).secure);
}

TEST(DnsMessage, ignores_records_of_other_names_and_types) {
  auto result = read(
    dns_packet{}.a("other.example", 60, "192.0.2.66").aaaa("@", 60, "2001:db8::66"), a_question);
  EXPECT_EQ(result.what, kind::no_data);
  EXPECT_THAT(result.addresses, IsEmpty());
}

TEST(DnsMessage, ends_alias_loops) {
  auto result = read(
    dns_packet{}.cname("@", 60, "b.example").cname("b.example", 60, a_question.name), a_question);
  EXPECT_EQ(result.what, kind::failed);
  EXPECT_THAT(result.detail, HasSubstr("alias loop"));
}

TEST(DnsMessage, tells_no_name_from_no_data_and_takes_the_ttl_of_the_soa) {
  auto no_name = read(dns_packet{dns_packet::nxdomain}.soa("example", 900, 30), a_question);
  EXPECT_EQ(no_name.what, kind::no_name);
  EXPECT_EQ(no_name.ttl, 30s);
  auto no_data = read(dns_packet{}.soa("example", 20, 3600), a_question);
  EXPECT_EQ(no_data.what, kind::no_data);
  EXPECT_EQ(no_data.ttl, 20s);
  EXPECT_EQ(read(dns_packet{}, a_question).ttl, std::nullopt);
}

TEST(DnsMessage, names_the_failure_and_the_question) {
  auto result = read(dns_packet{dns_packet::servfail}, srv_question);
  EXPECT_EQ(result.what, kind::failed);
  EXPECT_EQ(result.detail, "SERVFAIL for SRV _xmpp-server._tcp.partner.example");
  EXPECT_EQ(read(dns_packet{dns_packet::refused}, a_question).detail,
            "REFUSED for A chat.partner.example");
}

TEST(DnsMessage, does_not_accept_a_truncated_answer) {
  EXPECT_EQ(read(dns_packet{}.a("@", 60, "192.0.2.7").truncated(), a_question).what, kind::failed);
}

TEST(DnsMessage, treats_a_negative_ttl_as_zero) {
  EXPECT_EQ(read(dns_packet{}.a("@", 0x80000000, "192.0.2.7"), a_question).ttl, 0s);
}

TEST(DnsMessage, refuses_data_of_the_wrong_size) {
  const dns_packet packets[] = {
    dns_packet{}.record("@", 1, 60, {192, 0, 2}),
    dns_packet{}.record("@", 1, 60, {192, 0, 2, 7, 0}),
    dns_packet{}.record("@", 1, 60, {}),
  };
  for (const auto& packet : packets)
    EXPECT_EQ(read(packet, a_question).what, kind::failed);
  octets too_long{0, 0, 0, 0, 0x14, 0x95, 1, 'a', 0, 99};
  EXPECT_EQ(read(dns_packet{}.record("@", 33, 60, too_long), srv_question).what, kind::failed);
  octets too_short{0, 0, 0, 0, 0x14};
  EXPECT_EQ(read(dns_packet{}.record("@", 33, 60, too_short), srv_question).what, kind::failed);
}

TEST(DnsMessage, refuses_names_that_point_forward_or_at_themselves) {
  auto target_at = [](uint16_t pointer) {
    octets data{0, 0, 0, 0, 0x14, 0x95};
    test::put16(data, 0xc000u | pointer);
    return data;
  };
  // Header 12, question 35 + 4, record 2 + 10, priority, weight, port 6: the target is at 69.
  for (uint16_t pointer : {69, 70, 71, 500, 0x3fff})
    EXPECT_EQ(read(dns_packet{}.record("@", 33, 60, target_at(pointer)), srv_question).what,
              kind::failed)
      << pointer;
  EXPECT_EQ(read(dns_packet{}.record("@", 33, 60, target_at(12)), srv_question).what,
            kind::records);
}

TEST(DnsMessage, refuses_names_over_255_octets) {
  octets data{0, 0, 0, 0, 0x14, 0x95};
  for (int i = 0; i < 8; ++i) { // 8 * 32 octets, and the root label
    data.push_back(31);
    data.insert(data.end(), 31, 'a');
  }
  data.push_back(0);
  EXPECT_EQ(read(dns_packet{}.record("@", 33, 60, data), srv_question).what, kind::failed);
}

TEST(DnsMessage, escapes_what_no_host_name_has) {
  octets data{0, 0, 0, 0, 0x14, 0x95, 3, 'a', '.', '\n', 0};
  auto result = read(dns_packet{}.record("@", 33, 60, data), srv_question);
  ASSERT_EQ(result.services.size(), 1u);
  EXPECT_EQ(result.services[0].target, "a\\046\\010");
  EXPECT_FALSE(is_host_name(result.services[0].target));
}

TEST(DnsMessage, refuses_every_message_that_is_cut_short) {
  auto packet =
    dns_packet{}.cname("@", 60, "b.example").srv("b.example", 60, 1, 1, 5269, "c.example");
  auto whole = packet.encode(srv_question);
  ASSERT_EQ(read_dns_answer(whole, srv_question).what, kind::records);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(read_dns_answer({whole.data(), size}, srv_question).what, kind::failed) << size;
}

TEST(DnsMessage, takes_no_ttl_from_a_soa_that_is_cut_short) {
  auto whole = dns_packet{dns_packet::nxdomain}.soa("example", 900, 30).encode(a_question);
  for (size_t cut = 1; cut < 20; ++cut) {
    // A copy of exactly this size, so that a sanitizer sees reads beyond its end.
    octets message{whole.begin(), whole.end() - static_cast<ptrdiff_t>(cut)};
    auto dns_answer = read_dns_answer(message, a_question);
    EXPECT_EQ(dns_answer.what, kind::no_name);
    EXPECT_EQ(dns_answer.ttl, std::nullopt) << cut;
  }
}

TEST(DnsMessage, refuses_a_question_sent_back) {
  auto message = dns_packet{}.a("@", 60, "192.0.2.7").encode(a_question);
  message[2] &= 0x7f;
  EXPECT_EQ(read_dns_answer(message, a_question).what, kind::failed);
}

TEST(HostName, is_letters_digits_hyphens_underscores_in_labels_of_63) {
  for (std::string good : {"a", "a.b", "xn--mnchen-3ya.example", "_x.1", "LOCALHOST"})
    EXPECT_TRUE(is_host_name(good)) << good;
  EXPECT_TRUE(is_host_name(std::string(63, 'a')));
  for (std::string bad : {"", ".", "a.", ".a", "a..b", "a b", "m\xc3\xbcnchen", "a\\046b", "[::1]"})
    EXPECT_FALSE(is_host_name(bad)) << bad;
  EXPECT_FALSE(is_host_name(std::string(64, 'a')));
}

} // namespace
} // namespace fedhub
