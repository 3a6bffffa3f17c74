#include "protocol/negotiation/dialback.hpp"

#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "protocol/events/stream_header.hpp"
#include "protocol/negotiation/dialback_element.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {
namespace {

domain_name domain(std::string_view text) { return *domain_name::parse(text); }

TEST(DialbackKeys, are_those_of_the_specifications) {
  struct row {
    const char* secret;
    const char* receiving;
    const char* originating;
    const char* id;
    const char* key;
  };
  for (const row& line : {
         // XEP-0185 §3
         row{"s3cr3tf0rd14lb4ck", "xmpp.example.com", "example.org", "D60000229F",
             "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643"},
         // XEP-0220 §2.1.1 and §2.2.2
         row{"s3cr3tf0rd14lb4ck", "montague.example", "capulet.example", "D60000229F",
             "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3"},
         row{"d14lb4ck43v3r", "capulet.example", "montague.example", "417GAF25",
             "225cc5aa6a071133249d25fef42ae516fc7a86c523aa1c6980a7f73e784c972d"},
       }) {
    const dialback_keys keys{line.secret};
    const domain_pair pair{domain(line.originating), domain(line.receiving)};
    EXPECT_EQ(keys.make(pair, line.id), line.key);
    EXPECT_TRUE(keys.check(pair, line.id, line.key));
  }
}

TEST(DialbackKeys, fit_one_pair_one_stream_and_one_secret) {
  const dialback_keys keys{"secret"};
  const domain_pair pair{domain("a.example"), domain("b.example")};
  const auto key = keys.make(pair, "id");
  EXPECT_TRUE(keys.check(pair, "id", key));
  EXPECT_TRUE(dialback_keys{"secret"}.check(pair, "id", key));
  EXPECT_FALSE(dialback_keys{"other"}.check(pair, "id", key));
  EXPECT_FALSE(keys.check(pair, "other", key));
  EXPECT_FALSE(keys.check({pair.to, pair.from}, "id", key));
  EXPECT_FALSE(keys.check(pair, "id", ""));
  EXPECT_FALSE(keys.check(pair, "id", key + "0"));
  EXPECT_FALSE(keys.check(pair, "id", key.substr(1)));
  for (size_t i = 0; i < key.size(); ++i) {
    auto wrong = key;
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    EXPECT_FALSE(keys.check(pair, "id", wrong)) << i;
  }
}

TEST(DialbackKeys, are_made_from_the_current_secret_and_checked_with_the_previous_ones_too) {
  const std::vector<std::string> previous{"old", "older"};
  const dialback_keys keys{"new", previous};
  const domain_pair pair{domain("a.example"), domain("b.example")};
  EXPECT_EQ(keys.make(pair, "id"), dialback_keys{"new"}.make(pair, "id"));
  struct row {
    const char* secret;
    bool valid;
  };
  for (const row& line : {row{"new", true}, row{"old", true}, row{"older", true},
                          row{"oldest", false}, row{"", false}, row{"newold", false}}) {
    SCOPED_TRACE(line.secret);
    const dialback_keys others{line.secret};
    EXPECT_EQ(keys.check(pair, "id", others.make(pair, "id")), line.valid);
    EXPECT_FALSE(keys.check(pair, "id", others.make(pair, "other")));
    EXPECT_FALSE(keys.check(pair, "id", others.make({pair.to, pair.from}, "id")));
  }
}

/// Instances of the hub get a new secret one after the other. At each moment they accept each
/// other's keys.
TEST(DialbackKeys, agree_while_the_secret_changes_from_instance_to_instance) {
  const std::vector<std::string> next{"next"}, old{"old"};
  const dialback_keys before{"old"}, prepared{"old", next}, changed{"next", old}, after{"next"};
  const domain_pair pair{domain("a.example"), domain("b.example")};
  const auto agree = [&](const dialback_keys& x, const dialback_keys& y) {
    return x.check(pair, "id", y.make(pair, "id")) && y.check(pair, "id", x.make(pair, "id"));
  };
  EXPECT_TRUE(agree(before, prepared));
  EXPECT_TRUE(agree(prepared, changed));
  EXPECT_TRUE(agree(changed, after));
  EXPECT_FALSE(agree(before, changed)) << "the old secret alone does not know the next one";
  EXPECT_FALSE(agree(before, after));
}

TEST(DialbackKeys, agree_for_a_domain_in_any_form) {
  const dialback_keys keys{"secret"};
  EXPECT_EQ(keys.make({domain("MÜNCHEN.example."), domain("b.example")}, "id"),
            keys.make({domain("xn--mnchen-3ya.example"), domain("B.EXAMPLE")}, "id"));
}

TEST(DialbackKeys, are_shortened_for_logs) {
  EXPECT_EQ(shorten_key("37c69b1cf07a3f67"), "37c69b…");
  EXPECT_EQ(shorten_key("37c69b"), "…");
  EXPECT_EQ(shorten_key(""), "…");
  EXPECT_EQ(shorten_key("12345ä6789"), "12345…");
}

TEST(StreamId, is_32_hex_digits_and_never_the_same) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const auto id = make_stream_id();
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), id.npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(DialbackElement, reads_what_it_writes) {
  dialback_element question;
  question.step = dialback_step::verify_request;
  question.from = domain("here.example");
  question.to = domain("there.example");
  question.id = "<'\"&>";
  question.key = "]]>&";
  const auto answer =
    question.answer(dialback_outcome::error, {"item-not-found", "who is <that>?"});
  stream_header header;
  header.bindings = {{"db", std::string{ns::dialback}}, {"", "jabber:server"}};
  for (const auto& entry : {question, answer}) {
    const auto element = stream_element::parse(dialback_xml(entry), header.bindings);
    ASSERT_TRUE(element);
    const auto read = read_dialback(element->root());
    ASSERT_EQ(read.fault, stream_error::none) << read.reason;
    EXPECT_EQ(read.element.step, entry.step);
    EXPECT_EQ(read.element.outcome, entry.outcome);
    EXPECT_EQ(read.element.from, entry.from);
    EXPECT_EQ(read.element.to, entry.to);
    EXPECT_EQ(read.element.id, entry.id);
    EXPECT_EQ(read.element.key, entry.key);
    EXPECT_EQ(read.element.error.str(), entry.error.str());
    EXPECT_EQ(read.element.pair(), (domain_pair{domain("there.example"), domain("here.example")}));
  }
}

TEST(DialbackElement, is_about_the_same_pair_in_all_four_steps) {
  const domain_pair pair{domain("sender.example"), domain("target.example")};
  dialback_element key;
  key.step = dialback_step::key;
  key.from = pair.from;
  key.to = pair.to;
  dialback_element request;
  request.step = dialback_step::verify_request;
  request.from = pair.to;
  request.to = pair.from;
  EXPECT_EQ(key.pair(), pair);
  EXPECT_EQ(key.answer(dialback_outcome::valid).pair(), pair);
  EXPECT_EQ(request.pair(), pair);
  EXPECT_EQ(request.answer(dialback_outcome::valid).pair(), pair);
}

} // namespace
} // namespace fedhub
