#include "protocol/capture/pcapng.hpp"

#include <vector>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string begin_of_file = pcapng_begin("fedhub", "a note");

pcapng_packet packet_of(std::string_view xml) {
  return {.time = std::chrono::system_clock::time_point{std::chrono::seconds{1}},
          .from = {*ip_address::parse("192.0.2.1"), 5269},
          .to = {*ip_address::parse("192.0.2.2"), 40000},
          .sent = true,
          .comment = "stream 7",
          .xml = xml};
}

/// Returns the types of the blocks; the last one is 0 if the octets do not end with a block.
std::vector<uint32_t> types_of(std::string_view octets) {
  std::vector<uint32_t> types;
  while (!octets.empty()) {
    const auto head = pcapng_block::parse(octets);
    if (!head || head->octets > octets.size()) {
      types.push_back(0);
      return types;
    }
    types.push_back(head->type);
    octets.remove_prefix(head->octets);
  }
  return types;
}

TEST(Pcapng, has_blocks_of_whole_words) {
  auto file = begin_of_file;
  for (const std::string_view xml : {"<a/>", "<ab/>", "<abc/>", "<abcd/>"})
    file += block_of(packet_of(xml));
  file += pcapng_end_of({}, 4, 0);
  EXPECT_EQ(file.size() % 4, 0);
  EXPECT_THAT(types_of(file),
              ElementsAre(pcapng_block::section, pcapng_block::interface, pcapng_block::packet,
                          pcapng_block::packet, pcapng_block::packet, pcapng_block::packet,
                          pcapng_block::statistics));
}

TEST(Pcapng, has_the_tags_of_an_exported_pdu_before_the_element) {
  const auto v4 = block_of(packet_of("<iq/>"));
  using namespace std::string_literals;
  EXPECT_THAT(v4, HasSubstr("\0\x0c\0\4xmpp"s                               // dissector
                            "\0\x14\0\4\xc0\0\2\1"s                         // from
                            "\0\x15\0\4\xc0\0\2\2"s                         // to
                            "\0\x18\0\4\0\0\0\2"s                           // TCP
                            "\0\x19\0\4\0\0\x14\x95\0\x1a\0\4\0\0\x9c\x40"s // ports
                            "\0\0\0\0<iq/>"s));
  auto packet = packet_of("<iq/>");
  packet.from.address = *ip_address::parse("2001:db8::1");
  EXPECT_THAT(block_of(packet), HasSubstr("\0\x16\0\x10\x20\1\x0d\xb8"s));
  EXPECT_THAT(v4, HasSubstr("stream 7"));
}

TEST(Pcapng, is_known_again_by_its_note) {
  EXPECT_EQ(comment_of_file(begin_of_file, "fedhub"), "a note");
  EXPECT_EQ(comment_of_file(begin_of_file, "tshark"), std::nullopt);
  EXPECT_EQ(comment_of_file("", "fedhub"), std::nullopt);
  for (size_t size = 0; size < pcapng_block::parse(begin_of_file)->octets; ++size)
    EXPECT_EQ(comment_of_file(std::string_view{begin_of_file}.substr(0, size), "fedhub"),
              std::nullopt)
      << size;
  EXPECT_EQ(comment_of_file(std::string(100, '\0'), "fedhub"), std::nullopt);
}

TEST(Pcapng, counts_what_is_missing) {
  EXPECT_EQ(dropped_in(pcapng_end_of({}, 5, 7)), 7);
  EXPECT_EQ(dropped_in(pcapng_end_of({}, 5, 0)), 0);
  EXPECT_THAT(pcapng_end_of({}, 5, 7), HasSubstr("7 elements are missing"));
  EXPECT_EQ(dropped_in(block_of(packet_of("<iq/>"))), std::nullopt);
  EXPECT_EQ(dropped_in(""), std::nullopt);
  auto packet = packet_of("<iq/>");
  const auto complete = block_of(packet).size();
  packet.dropped = 3;
  EXPECT_GT(block_of(packet).size(), complete);
}

TEST(Pcapng, refuses_a_head_that_is_none) {
  EXPECT_FALSE(pcapng_block::parse(begin_of_file.substr(0, 11)));
  auto bad = begin_of_file;
  bad[4] = 1; // no whole words
  EXPECT_FALSE(pcapng_block::parse(bad));
  bad[4] = 8;
  bad[5] = 0;
  EXPECT_FALSE(pcapng_block::parse(bad)); // less than a head
}

} // namespace
} // namespace fedhub
