// The marks of each instruction set, compared with the rules that they implement.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "protocol/text/xml_chars.hpp"
#include "protocol/xml/xml_marks.hpp"
#include "tests/unit/protocol/xml/instruction_sets.hpp"

namespace fedhub::test {
namespace {

using xml::instruction_set;
using xml::mark_rows;
using xml::mark_window;

bool marked_in_text(char c) {
  return c == '<' || c == '&' || c == '>' || xml::is_forbidden_control(c);
}
bool marked_in_value(char c) {
  return c == '<' || c == '&' || c == '\'' || c == '"' || xml::is_forbidden_control(c);
}

template <class F>
size_t find(const std::string& text, size_t pos, F marked) {
  while (pos < text.size() && !marked(text[pos]))
    ++pos;
  return pos;
}

/// Returns text in which about one octet in `rareness` may be a mark: from very dense, to so rare
/// that searches cross many blocks.
std::string random_text(std::mt19937& random, size_t size, unsigned rareness) {
  std::string text(size, 'x');
  for (char& c : text)
    if (random() % rareness == 0)
      c = static_cast<char>(random());
  return text;
}

class XmlMarks : public testing::TestWithParam<instruction_set> {
protected:
  mark_window window{xml::classifier_for(GetParam())};
};

TEST_P(XmlMarks, are_right_for_each_octet_in_each_place) {
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    for (size_t place = 0; place < 64; ++place) {
      std::string block(64, ' ');
      block[place] = c;
      mark_rows rows;
      xml::classifier_for(GetParam())(block.data(), 1, rows);
      const auto only = [place](bool x) { return x ? uint64_t{1} << place : 0; };
      ASSERT_EQ(rows.text[0], only(marked_in_text(c))) << octet << " at " << place;
      ASSERT_EQ(rows.value[0], only(marked_in_value(c))) << octet << " at " << place;
      ASSERT_EQ(rows.name[0], only(xml::is_ascii_name_char(c))) << octet << " at " << place;
      ASSERT_EQ(rows.high[0], only(!xml::is_ascii(c))) << octet << " at " << place;
    }
  }
}

TEST_P(XmlMarks, are_found_from_any_place_in_texts_of_any_length) {
  std::mt19937 random{7};
  for (size_t size = 1; size <= 1500; size += 1 + size / 9)
    for (const unsigned rareness : {1u, 20u, 2000u}) {
      const std::string text = random_text(random, size, rareness);
      window.begin(text.data(), text.size());
      for (size_t pos = 0; pos < size; ++pos) {
        ASSERT_EQ(window.find_in_text(pos), find(text, pos, marked_in_text)) << pos << '/' << size;
        window.begin(text.data(), text.size());
        ASSERT_EQ(window.find_in_value(pos), find(text, pos, marked_in_value))
          << pos << '/' << size;
      }
      EXPECT_EQ(window.find_in_text(size), size);
    }
}

TEST_P(XmlMarks, stop_a_name_no_later_than_it_ends) {
  std::mt19937 random{8};
  for (size_t size = 1; size <= 1500; size += 1 + size / 9) {
    const std::string text = random_text(random, size, 40);
    window.begin(text.data(), text.size());
    for (size_t pos = 0; pos < size; ++pos) {
      const size_t end = find(text, pos, [](char c) { return !xml::is_ascii_name_char(c); });
      size_t found = window.find_name_end(pos);
      ASSERT_GE(found, pos);
      while (found < end) { // stopped early: continues from there
        const size_t next = window.find_name_end(found);
        ASSERT_GT(next, found) << pos << '/' << size;
        found = next;
      }
      ASSERT_EQ(found, end) << pos << '/' << size;
    }
  }
}

TEST_P(XmlMarks, tell_of_octets_beyond_ascii_wherever_they_were_passed) {
  for (const size_t size : {1u, 63u, 64u, 65u, 250u, 600u, 1500u})
    for (size_t high = 0; high < size; high += 1 + high / 5) {
      std::string text(size, 'x');
      window.begin(text.data(), text.size());
      EXPECT_EQ(window.find_in_text(0), size);
      EXPECT_FALSE(window.high_before(size));
      text[high] = '\x80';
      window.begin(text.data(), text.size());
      EXPECT_EQ(window.find_in_text(0), size);
      EXPECT_TRUE(window.high_before(size)) << high << '/' << size;
      EXPECT_TRUE(window.high_before(high + 1)) << high << '/' << size;
      if (size <= 64 * mark_rows::blocks / 2) {
        EXPECT_FALSE(window.high_before(high)) << high << '/' << size;
      }
      text = std::string(high, 'x') + "<" + std::string(size - high, '\xC3');
      window.begin(text.data(), text.size());
      EXPECT_EQ(window.find_in_text(0), high);
      EXPECT_FALSE(window.high_before(high)) << "the next item's";
    }
}

TEST_P(XmlMarks, remember_what_no_search_passed_when_told) {
  const std::string text(100, 'x');
  window.begin(text.data(), text.size());
  window.note_high();
  EXPECT_TRUE(window.high_before(0));
  window.begin(text.data(), text.size());
  EXPECT_FALSE(window.high_before(0));
}

INSTANTIATE_TEST_SUITE_P(each, XmlMarks, testing::ValuesIn(available_instruction_sets()),
                         [](const auto& x) { return std::string{to_string(x.param)}; });

TEST(XmlInstructionSet, is_the_fastest_of_those_available) {
  EXPECT_EQ(xml::best_instruction_set(), available_instruction_sets().back());
}

} // namespace
} // namespace fedhub::test
