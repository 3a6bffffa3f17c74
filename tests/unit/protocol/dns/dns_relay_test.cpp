#include "protocol/dns/dns_relay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/protocol/dns/dns_packets.hpp"

namespace fedhub {
namespace {

using namespace dns_number;

dns_query query_of(const packet& x) { return std::get<dns_query>(read_dns_query(x.octets())); }

const packet plain{.name = "A.Example", .type = type_a};

/// Returns an upstream server's answer to `plain`.
dns_octets answer_to(std::string_view rest, uint16_t flags = 0x8180,
                     std::array<uint16_t, 3> counts = {1, 0, 0}, uint16_t id = 0x5678,
                     std::string_view name = "a.example") {
  dns_writer writer;
  writer.put16(id);
  writer.put16(flags);
  writer.put16(1);
  for (const auto count : counts)
    writer.put16(count);
  writer.put(dns_name_of(name));
  writer.put16(type_a);
  writer.put16(class_in);
  writer.put(octets_of(rest));
  return writer.take();
}

constexpr std::string_view record = "c00c 0001 0001 0000003c 0004 c0000207";
constexpr std::string_view opt = "00 0029 1000 00 00 8000 0000";

std::string both(std::string_view x, std::string_view y) { return std::string{x} + std::string{y}; }

TEST(DnsRelay, forwards_the_question_without_further_options) {
  EXPECT_EQ(forwarded_question(query_of(plain), 0x5678),
            octets_of("5678 0100 0001 0000 0000 0000 01 41 07 4578616d706c65 00 0001 0001"));
  auto odd = plain;
  odd.flags = 0x0030; // AD and CD without RD
  EXPECT_EQ(forwarded_question(query_of(odd), 1),
            octets_of("0001 0010 0001 0000 0000 0000 01 41 07 4578616d706c65 00 0001 0001"));
  auto known = with_edns(plain, 4096, 0, true);
  known.rest =
    octets_of("00 0029 1000 00 00 8000 0006 000a 0002 6162"); // the cookie is not forwarded
  EXPECT_EQ(forwarded_question(query_of(known), 1),
            octets_of("0001 0100 0001 0000 0000 0001 01 41 07 4578616d706c65 00 0001 0001"
                      "00 0029 04d0 00 00 8000 0000"));
}

TEST(DnsRelay, takes_the_answer_to_its_question_alone) {
  const auto query = query_of(plain);
  EXPECT_TRUE(is_answer_to(answer_to(record), query, 0x5678));
  EXPECT_TRUE(is_answer_to(answer_to("", 0x8182, {0, 0, 0}), query, 0x5678));
  const std::pair<std::string_view, dns_octets> table[] = {
    {"another id", answer_to(record, 0x8180, {1, 0, 0}, 0x5679)},
    {"another name", answer_to(record, 0x8180, {1, 0, 0}, 0x5678, "b.example")},
    {"a longer name", answer_to(record, 0x8180, {1, 0, 0}, 0x5678, "a.example.b")},
    {"a question", answer_to(record, 0x0100)},
    {"another opcode", answer_to(record, 0xa180)},
    {"cut off", octets_of("5678 8180 0001 0001")},
    {"no question", octets_of("5678 8180 0000 0000 0000 0000")},
    {"nothing", {}},
  };
  for (const auto& [why, message] : table)
    EXPECT_FALSE(is_answer_to(message, query, 0x5678)) << why;
}

TEST(DnsRelay, gives_the_asker_its_own_id_letter_case_and_edns) {
  const std::string_view whole = "1234 8180 0001 0001 0000 0000 01 41 07 4578616d706c65 00 0001 "
                                 "0001 c00c 0001 0001 0000003c 0004 c0000207";
  EXPECT_EQ(relayed_answer(answer_to(record), query_of(plain), dns_transport::udp),
            octets_of(whole));
  // AD is removed, since the way from the upstream server is not secure.
  EXPECT_EQ(relayed_answer(answer_to(record, 0x81a0), query_of(plain), dns_transport::udp),
            octets_of(whole));
  // OPT belongs to one hop.
  EXPECT_EQ(relayed_answer(answer_to(both(record, opt), 0x8180, {1, 0, 1}), query_of(plain),
                           dns_transport::udp),
            octets_of(whole));
  const auto known = query_of(with_edns(plain, 4096, 0, true));
  for (const auto& from_upstream :
       {answer_to(record), answer_to(both(record, opt), 0x8180, {1, 0, 1}),
        answer_to(both(both(record, opt), record), 0x8180, {1, 0, 2})})
    EXPECT_EQ(relayed_answer(from_upstream, known, dns_transport::udp),
              octets_of("1234 8180 0001 0001 0000 0001 01 41 07 4578616d706c65 00 0001 0001"
                        "c00c 0001 0001 0000003c 0004 c0000207 00 0029 04d0 00 00 8000 0000"));
}

TEST(DnsRelay, cuts_what_is_too_long_for_the_asker) {
  std::string records;
  for (int i = 0; i < 40; ++i) // 640 octets
    records += record;
  const auto long_answer = answer_to(records, 0x8180, {40, 0, 0});
  struct row {
    packet asked;
    dns_transport how;
    bool cut;
  };
  const row table[] = {
    {plain, dns_transport::udp, true},
    {plain, dns_transport::tcp, false},
    {with_edns(plain, 512), dns_transport::udp, true},
    {with_edns(plain, 1232), dns_transport::udp, false},
  };
  for (const auto& [asked, how, cut] : table) {
    const auto query = query_of(asked);
    const auto result = relayed_answer(long_answer, query, how);
    ASSERT_TRUE(result);
    const dns_head head{*result};
    EXPECT_EQ(head.has(dns_writer::truncated), cut);
    EXPECT_EQ(head.counts[1], cut ? 0 : 40);
    EXPECT_EQ(head.counts[3], query.edns ? 1 : 0);
    EXPECT_LE(result->size(), query.most_octets(how));
  }
}

TEST(DnsRelay, passes_nothing_on_that_is_malformed) {
  const std::pair<std::string_view, dns_octets> table[] = {
    {"a record that is missing", answer_to(record, 0x8180, {2, 0, 0})},
    {"a record too many", answer_to(both(record, record))},
    {"a record that is cut off", answer_to("c00c 0001 0001 0000003c 0005 c0000207")},
    {"a name that is cut off", answer_to("c0")},
    {"a label of another kind", answer_to("80 0001 0001 0000003c 0004 c0000207")},
    {"an OPT among the answers", answer_to(opt)},
    {"two OPTs", answer_to(both(both(record, opt), opt), 0x8180, {1, 0, 2})},
    {"an extended code", answer_to("00 0029 1000 01 00 0000 0000", 0x8180, {0, 0, 1})},
  };
  for (const auto& [why, message] : table) {
    ASSERT_TRUE(is_answer_to(message, query_of(plain), 0x5678)) << why;
    EXPECT_EQ(relayed_answer(message, query_of(plain), dns_transport::udp), std::nullopt) << why;
  }
}

TEST(DnsRelay, reads_code_and_truncation) {
  EXPECT_EQ(rcode_of(answer_to("", 0x8182, {0, 0, 0})), dns_rcode::server_failure);
  EXPECT_EQ(rcode_of(answer_to("", 0x8180, {0, 0, 0})), dns_rcode::no_error);
  EXPECT_TRUE(is_truncated(answer_to("", 0x8380, {0, 0, 0})));
  EXPECT_FALSE(is_truncated(answer_to("", 0x8180, {0, 0, 0})));
}

} // namespace
} // namespace fedhub
