#include "protocol/text/printable_text.hpp"

#include <gtest/gtest.h>

#include "protocol/text/xml_chars.hpp"

namespace fedhub {
namespace {

constexpr size_t any_length = 1000;

struct shown {
  const char* what;
  std::string text;
  std::string expected;
};

class PrintableText : public testing::TestWithParam<shown> {};

TEST_P(PrintableText, shows_what_could_deceive_a_reader) {
  auto& result = GetParam();
  EXPECT_EQ(printable(result.text, any_length), result.expected) << result.what;
}

INSTANTIATE_TEST_SUITE_P(
  Kinds, PrintableText,
  testing::Values(
    shown{"nothing", "", ""}, shown{"plain text", "a b<c>'d' \\x0A", "a b<c>'d' \\x0A"},
    shown{"letters of other scripts", "münchen.例え.شبكة", "münchen.例え.شبكة"},
    shown{"beyond the basic plane", "\U0001F600", "\U0001F600"},
    shown{"an end of line", "a\r\nb", "a\\x0D\\x0Ab"}, shown{"a tab", "a\tb", "a\\x09b"},
    shown{"NUL", std::string("a\0b", 3), "a\\x00b"}, shown{"ESC", "\033[2J", "\\x1B[2J"},
    shown{"DEL", "a\177", "a\\x7F"}, shown{"the C1 control CSI", "\u009B2J", "\\u{009B}2J"},
    shown{"the C1 control NEL", "a\u0085b", "a\\u{0085}b"},
    shown{"a line separator", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"},
    shown{"overriding the direction", "\u202Eexe.txt\u202C", "\\u{202E}exe.txt\\u{202C}"},
    shown{"isolating a direction", "\u2066a\u2069", "\\u{2066}a\\u{2069}"},
    shown{"marks of direction", "\u200E\u200F\u061C", "\\u{200E}\\u{200F}\\u{061C}"},
    shown{"no width", "a\u200Bb\uFEFFc\u2060", "a\\u{200B}b\\u{FEFF}c\\u{2060}"},
    shown{"a tag", "\U000E0041", "\\u{0E0041}"},
    shown{"a lone continuation",
          "a\x9B"
          "b",
          "a\\x9Bb"},
    shown{"half a character", "a\xE2\x80", "a\\xE2\\x80"},
    shown{"too long a form", "\xC0\x8A", "\\xC0\\x8A"},
    shown{"a surrogate", "\xED\xA0\x80", "\\xED\\xA0\\x80"},
    shown{"beyond Unicode", "\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
    shown{"no octet of UTF-8", "\xFF\xFE", "\\xFF\\xFE"}));

TEST(PrintableTextOfAnyKind, escapes_each_control_and_each_mark_of_direction) {
  for (char32_t c = 1; c <= 0xFFFF; ++c) {
    const bool named = c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E)
                       || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x61C
                       || c == 0x2028 || c == 0x2029;
    if (named) {
      EXPECT_TRUE(is_deceptive(c)) << std::hex << static_cast<uint32_t>(c);
    }
    if (!xml::is_char(c))
      continue;
    std::string text;
    xml::append_utf8(text, c);
    EXPECT_EQ(printable(text, any_length) == text, !is_deceptive(c))
      << std::hex << static_cast<uint32_t>(c);
  }
}

TEST(PrintableTextOfAnyKind, is_cut_between_characters_and_says_so) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 4), "abcd… (2 octets more)");
  EXPECT_EQ(printable("abüü", 5), "abü… (2 octets more)");
  EXPECT_EQ(printable("ab\ncd", 5), "ab… (3 octets more)"); // not cut within an escape either
  EXPECT_EQ(printable("a", 0), "… (1 octets more)");
}

} // namespace
} // namespace fedhub
