#include "protocol/text/domain_name.hpp"

#include <gtest/gtest.h>

namespace fedhub::test {
namespace {

std::string parsed(std::string_view text) {
  const auto parsed = domain_name::parse(text);
  return parsed ? parsed->str() : "(refused)";
}

std::string labels(size_t count, size_t length) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += (i ? "." : "") + std::string(length, 'a');
  return text;
}

TEST(DomainName, has_one_normal_form_for_all_forms_of_a_name) {
  const struct {
    const char* text;
    const char* name;
  } cases[] = {
    {"partner.example", "partner.example"},
    {"PARTNER.Example.", "partner.example"},
    {"localhost", "localhost"},
    {"_xmpp.1-2.example", "_xmpp.1-2.example"},
    {"123.example", "123.example"},
    {"münchen.example", "xn--mnchen-3ya.example"},
    {"MÜNCHEN.example.", "xn--mnchen-3ya.example"},
    {"mu\u0308nchen.example", "xn--mnchen-3ya.example"},
    {"xn--mnchen-3ya.example", "xn--mnchen-3ya.example"},
    {"XN--Mnchen-3ya.EXAMPLE", "xn--mnchen-3ya.example"},
    {"straße.example", "xn--strae-oqa.example"},
    {"xn--a.b", "xn--a.b"}, // not an A-label, but DNS may have such names
    {"xn--mnchen.example", "xn--mnchen.example"},
    {"xn--rih.example", "xn--rih.example"},
    {"ab--c.example", "ab--c.example"},
    {"a_b.example", "a_b.example"},
    {"XN--RIH.münchen.example", "xn--rih.xn--mnchen-3ya.example"},
    {"例え.テスト", "xn--r8jz45g.xn--zckzah"},
    {"例え。テスト", "xn--r8jz45g.xn--zckzah"},
    {"ｆｕｌｌ.example", "full.example"},
    {"192.0.2.1", "192.0.2.1"},
    {"[2001:DB8::1]", "[2001:db8::1]"},
    {"[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(parsed(c.text), c.name) << c.text;
}

TEST(DomainName, is_written_in_streams_with_u_labels_that_parse_to_the_same_name) {
  const struct {
    const char* text;
    const char* wire;
  } cases[] = {
    {"Partner.example", "partner.example"},
    {"BÜCHER.example", "bücher.example"},
    {"xn--bcher-kva.example", "bücher.example"},
    {"bu\u0308cher.example", "bücher.example"},
    {"straße.example", "straße.example"},
    {"xn--strae-oqa.example", "straße.example"},
    {"例え。テスト", "例え.テスト"},
    {"xn--rih.xn--bcher-kva.example", "xn--rih.bücher.example"}, // the first is no A-label
    {"xn--i-7iq.example", "xn--i-7iq.example"}, // of a symbol, which IDNA2008 does not allow
    {"[2001:DB8::1]", "[2001:db8::1]"},
  };
  for (const auto& c : cases) {
    const auto parsed = domain_name::parse(c.text);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(parsed->wire(), c.wire) << c.text;
    EXPECT_EQ(domain_name::parse(parsed->wire()), parsed) << c.text;
    EXPECT_EQ(parsed->in_ascii(), *parsed) << c.text;
    EXPECT_EQ(parsed->in_ascii().wire(), parsed->str()) << c.text;
    EXPECT_EQ(parsed->in_ascii().is_in_ascii(), parsed->wire() != parsed->str()) << c.text;
    EXPECT_FALSE(parsed->is_in_ascii()) << c.text;
    EXPECT_EQ(parsed->in_ascii().in_unicode().wire(), parsed->wire()) << c.text;
  }
  EXPECT_EQ(domain_name{}.wire(), "");
  EXPECT_TRUE(domain_name{}.in_ascii().empty());
}

TEST(DomainName, tells_what_idna2003_makes_of_it) {
  const struct {
    const char* text;
    const char* transitional;
  } cases[] = {
    {"straße.example", "strasse.example"},
    {"xn--strae-oqa.example", "strasse.example"},
    {"strasse.example", "strasse.example"},
    {"βόλος.example", "xn--nxasmq6b.example"}, // with a final sigma
    {"βόλοσ.example", "xn--nxasmq6b.example"},
    {"نامه\u200Cای.example", "xn--mgba3gch31f.example"}, // with a zero-width non-joiner
    {"bücher.straße.example", "xn--bcher-kva.strasse.example"},
    {"bücher.example", "xn--bcher-kva.example"},
    {"partner.example", "partner.example"},
    {"[2001:db8::1]", "[2001:db8::1]"},
  };
  for (const auto& c : cases) {
    const auto parsed = domain_name::parse(c.text);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(parsed->transitional().str(), c.transitional) << c.text;
    EXPECT_EQ(parsed->in_ascii().transitional().str(), c.transitional) << c.text;
    EXPECT_EQ(parsed->deviates(), parsed->str() != c.transitional) << c.text;
    EXPECT_EQ(parsed->in_ascii().deviates(), parsed->deviates()) << c.text;
    EXPECT_TRUE(same_under_either(*parsed, parsed->transitional())) << c.text;
    EXPECT_EQ(parsed->transitional().transitional(), parsed->transitional()) << c.text;
  }
  EXPECT_TRUE(domain_name{}.transitional().empty());
  std::string sharp;
  for (int i = 0; i < 40; ++i)
    sharp += "ß";
  const auto long_if_mapped = *domain_name::parse(sharp + ".example"); // a label of 80
  EXPECT_EQ(long_if_mapped.transitional(), long_if_mapped);
  EXPECT_FALSE(long_if_mapped.deviates());
  EXPECT_FALSE(same_under_either(*domain_name::parse("straße.example"),
                                 *domain_name::parse("strase.example")));
}

TEST(DomainName, refuses_what_is_no_domain) {
  for (const char* text : {"",
                           ".",
                           "..",
                           "a..b",
                           ".a",
                           "a..",
                           "a b",
                           "a/b",
                           "a@b",
                           "a:5269",
                           "a\nb",
                           "a%b",
                           "-a.example",
                           "a-.example",
                           "a*.example",
                           "*",
                           "xn--.example",
                           "xn--mnchen-3ya.\u2603\u0378.example",
                           "xn--rih..münchen",
                           "xn--partner-.example",
                           "\xE9.example",
                           "\xFF",
                           "[::1",
                           "::1",
                           "[]",
                           "[1.2.3.4]",
                           "[::1]x",
                           "[fe80::1%eth0]",
                           "\u2603.\u0378.example",
                           "a\u2024 b.example",
                           "xn--MNCHEN-3YA-.example"})
    EXPECT_EQ(parsed(text), "(refused)") << text;
  EXPECT_EQ(parsed({"a\0b", 3}), "(refused)");
  EXPECT_EQ(parsed({"ü\0b", 4}), "(refused)");
  EXPECT_EQ(parsed({"[::1\0]", 6}), "(refused)");
}

TEST(DomainName, limits_labels_and_the_whole) {
  EXPECT_EQ(parsed(labels(1, 63)), labels(1, 63));
  EXPECT_EQ(parsed(labels(1, 64)), "(refused)");
  EXPECT_EQ(parsed(labels(4, 63)), labels(4, 63)); // 255 octets
  EXPECT_EQ(parsed(labels(4, 63) + "."), labels(4, 63));
  EXPECT_EQ(parsed(labels(4, 63) + ".a"), "(refused)");
  EXPECT_EQ(parsed(labels(128, 1)), labels(128, 1));
  EXPECT_EQ(parsed(labels(129, 1)), "(refused)");
  const auto umlauts = [](size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i)
      text += "ü";
    return parsed(text + ".example");
  };
  EXPECT_TRUE(umlauts(50).starts_with("xn--"));
  for (const size_t count : {64u, 200u, 500u, 5000u, 100000u})
    EXPECT_EQ(umlauts(count), "(refused)");
}

TEST(DomainName, knows_ip_literals) {
  for (const char* text : {"192.0.2.1", "[::1]"})
    EXPECT_TRUE(domain_name::parse(text)->is_ip_literal()) << text;
  for (const char* text : {"192.0.2.1.example", "1.2.3", "1.2.3.256", "a.example"})
    EXPECT_FALSE(domain_name::parse(text)->is_ip_literal()) << text;
  EXPECT_FALSE(domain_name{}.is_ip_literal());
}

TEST(DomainName, shares_its_text_with_its_copies_only) {
  const auto name = *domain_name::parse("partner.example");
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is tested
  const domain_name copy = name;
  const auto again = *domain_name::parse("PARTNER.example");
  EXPECT_EQ(&copy.str(), &name.str());
  EXPECT_NE(&again.str(), &name.str());
  EXPECT_EQ(again, name);
  EXPECT_EQ(std::hash<domain_name>{}(again), std::hash<domain_name>{}(name));
  EXPECT_LT(*domain_name::parse("a.example"), name);
  EXPECT_LT(domain_name{}, name);
}

TEST(DomainName, is_empty_by_default_and_once_it_is_moved_from) {
  auto name = *domain_name::parse("partner.example");
  const auto moved = std::move(name);
  EXPECT_EQ(moved.str(), "partner.example");
  for (const auto& entry : {name, domain_name{}}) { // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(entry.empty());
    EXPECT_EQ(entry.str(), "");
    EXPECT_EQ(entry, domain_name{});
    EXPECT_FALSE(entry.is_ip_literal());
  }
}

} // namespace
} // namespace fedhub::test
