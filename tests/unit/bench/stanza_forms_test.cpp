#include "bench/load/stanza_forms.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "bench/load/remote_domain.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub::load {

namespace {

constexpr auto node = "node.load.example";

std::string stanza(const stanza_forms& forms, const stamp& stamp) {
  std::string text(forms.longest(), '?');
  text.resize(static_cast<size_t>(forms.write(text.data(), stamp) - text.data()));
  return text;
}

/// A stanza's start tag as a server reads it. Fails the test if the text is no element.
struct parsed {
  explicit parsed(const std::string& xml) {
    const std::string header = make_stream_header({.from = "r0.load.example", .to = node});
    xml_scanner scanner{xml_limits{}};
    EXPECT_EQ(scanner.next(header).status, scan_status::header);
    const auto found = scanner.next(xml);
    EXPECT_EQ(found.status, scan_status::element) << found.reason << ": " << xml;
    EXPECT_EQ(found.length, xml.size()) << xml;
    const auto& tag = scanner.tag();
    name = tag.name.of(xml);
    from = tag.from.of(xml);
    to = tag.to.of(xml);
    id = tag.id.of(xml);
    type = tag.type.of(xml);
  }

  std::string name, from, to, id, type;
};

std::string domain_of(const std::string& jid) {
  const auto at = jid.find('@');
  const auto domain = at == std::string::npos ? jid : jid.substr(at + 1);
  return domain.substr(0, domain.find('/'));
}

constexpr uint16_t lanes[] = {0, 9, 10, 99, 100, 999, 1000, 9999, 10000, 65535};

TEST(StanzaForms, are_elements_of_exactly_the_size_from_and_to_the_lane_s_domain) {
  for (const auto way : {heading::to_node, heading::from_node, heading::question})
    for (const auto mix : {stanza_mix::chat, stanza_mix::kinds})
      for (const size_t size : {150UL, 177UL, 200UL, 250UL, 300UL, 1024UL, 65536UL}) {
        const auto forms = stanza_forms::make(way, node, mix, size);
        ASSERT_TRUE(forms) << forms.error();
        for (const uint16_t lane : lanes)
          for (const uint32_t sequence : {0U, 1U, 2U, 3U, 47U, 48U}) {
            const stamp mark{.lane = lane, .sequence = sequence, .due = 12345};
            const std::string text = stanza(*forms, mark);
            ASSERT_EQ(text.size(), size) << text;
            const parsed parsed{text};
            const std::string remote = remote_domain(lane);
            EXPECT_EQ(domain_of(parsed.from), way == heading::from_node ? node : remote);
            EXPECT_EQ(domain_of(parsed.to), way == heading::from_node ? remote : node);
            ASSERT_GE(parsed.id.size(), stamp_size);
            EXPECT_EQ(read_stamp(parsed.id.c_str()), mark);
            EXPECT_EQ(std::ranges::count(text, stamp_mark), 1) << text;
          }
      }
}

TEST(StanzaForms, fill_every_size_from_the_least_upwards) {
  for (const auto mix : {stanza_mix::chat, stanza_mix::kinds})
    for (size_t size = 100; size < 400; ++size) {
      const auto forms = stanza_forms::make(heading::to_node, node, mix, size);
      ASSERT_TRUE(forms) << size << ": " << forms.error();
      for (uint32_t sequence = 0; sequence < 12; ++sequence) {
        const std::string text = stanza(*forms, {.lane = 65535, .sequence = sequence});
        EXPECT_EQ(text.size(), size);
        EXPECT_FALSE(parsed{text}.name.empty());
      }
    }
}

TEST(StanzaForms, refuse_a_size_that_the_domains_alone_exceed) {
  EXPECT_FALSE(stanza_forms::make(heading::to_node, std::string(60, 'n'), stanza_mix::chat, 120));
}

TEST(StanzaForms, have_a_mean_of_250_octets_where_no_size_is_given) {
  for (const auto mix : {stanza_mix::chat, stanza_mix::kinds}) {
    const auto forms = stanza_forms::make(heading::to_node, node, mix, {});
    ASSERT_TRUE(forms);
    size_t octets = 0;
    std::set<size_t> sizes;
    for (uint32_t sequence = 0; sequence < 4800; ++sequence) {
      const size_t size = stanza(*forms, {.lane = 7, .sequence = sequence}).size();
      octets += size;
      sizes.insert(size);
    }
    EXPECT_NEAR(static_cast<double>(octets) / 4800, mean_size, 5);
    EXPECT_GE(sizes.size(), 10);
  }
}

TEST(StanzaForms, take_the_kinds_in_turn) {
  const auto forms = stanza_forms::make(heading::to_node, node, stanza_mix::kinds, 250);
  ASSERT_TRUE(forms);
  std::vector<std::string> names;
  for (uint32_t sequence = 0; sequence < 6; ++sequence)
    names.push_back(parsed{stanza(*forms, {.sequence = sequence})}.name);
  EXPECT_THAT(names,
              testing::ElementsAre("message", "presence", "iq", "message", "presence", "iq"));
}

TEST(StanzaForms, answer_a_question_with_a_result_and_its_stamp) {
  const auto answers = stanza_forms::make(heading::answer, node, stanza_mix::chat, {});
  ASSERT_TRUE(answers);
  const stamp mark{.lane = 12, .sequence = 77, .due = 99};
  const parsed parsed{stanza(*answers, mark)};
  EXPECT_EQ(parsed.name, "iq");
  EXPECT_EQ(parsed.type, "result");
  EXPECT_EQ(domain_of(parsed.to), "r12.load.example");
  EXPECT_EQ(read_stamp(parsed.id.c_str()), mark);
}

TEST(StanzaForms, of_one_class_differ_in_numbers_only) {
  const auto forms = stanza_forms::make(heading::to_node, node, stanza_mix::chat, {});
  ASSERT_TRUE(forms);
  const stamp one{.lane = 10, .sequence = 5},
    other{.lane = 98, .sequence = 5 + 48 * 1000, .due = 7};
  ASSERT_EQ(forms->class_of(one), forms->class_of(other));
  EXPECT_LT(forms->class_of({.lane = 65535, .sequence = 47}), forms->classes());
  EXPECT_EQ(stanza(*forms, one).size(), stanza(*forms, other).size());
  EXPECT_NE(forms->class_of(one), forms->class_of({.lane = 9, .sequence = 5}));
}

} // namespace

} // namespace fedhub::load
