// The keys of a configuration, as the API lists them.
#include "conf/file/config_listing.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/file/loader.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const layer_sum> sum_of(std::string_view text) {
  return load_text(text, "etc/fedhub.toml").sum;
}

listed_key key_of(std::string_view text, std::string_view key) {
  const auto rows = list_keys(*sum_of(text), 0, SIZE_MAX);
  const auto row = std::ranges::find(rows, key, &listed_key::key);
  if (row == rows.end()) {
    ADD_FAILURE() << "no key " << key;
    return {};
  }
  return *row;
}

std::vector<std::string> lines_of(const std::vector<changed_key>& changes) {
  std::vector<std::string> lines;
  for (const auto& change : changes)
    lines.push_back(change.key + ": " + change.before + " -> " + change.after);
  return lines;
}

std::vector<std::string> changes(std::string_view before, std::string_view after) {
  return lines_of(compare_keys(*sum_of(before), *sum_of(after)));
}

std::vector<std::string> document_changes(std::string_view before, std::string_view after) {
  return lines_of(compare_documents(std::get<toml_table>(parse_toml(before)),
                                    std::get<toml_table>(parse_toml(after))));
}

TEST(ConfigListing, has_a_default_for_each_key_that_is_not_set) {
  for (const auto& row : list_keys(*sum_of(""), 0, SIZE_MAX)) {
    EXPECT_FALSE(row.initial.empty()) << row.key;
    EXPECT_EQ(row.value, row.initial) << row.key;
    EXPECT_TRUE(row.file.empty()) << row.key;
  }
  EXPECT_EQ(key_of("", "tls.ca_file").value, "\"" + std::string{default_ca_file} + "\"");
}

TEST(ConfigListing, says_where_a_value_comes_from) {
  const auto row = key_of("\n[limits]\nstanza_depth = 70", "limits.stanza_depth");
  EXPECT_EQ(row.value, "70");
  EXPECT_EQ(row.initial, "64");
  EXPECT_EQ(row.file, "etc/fedhub.toml");
  EXPECT_EQ(row.line, 3);
}

TEST(ConfigListing, names_rows_by_their_identity) {
  constexpr auto route = "[[static_route]]\ndomain = 'A.example'\naddress = '192.0.2.1'\n";
  EXPECT_EQ(key_of(route, R"(static_route."a.example 192.0.2.1:5269".domain)").value,
            R"("A.example")");
  EXPECT_EQ(key_of("[[node]]\ndomains = ['a.example']", R"(node."node-1".domains)").value,
            R"(["a.example"])");
  EXPECT_EQ(key_of("log.modules = { 'stream.in' = 'debug' }", R"(log.modules."stream.in")").value,
            R"("debug")");
}

TEST(ConfigListing, masks_secrets) {
  EXPECT_EQ(key_of("federation.dialback_secret = 'x'", "federation.dialback_secret").value,
            R"("***")");
  EXPECT_EQ(key_of("federation.dialback_secret_previous = ['x', 'y']",
                   "federation.dialback_secret_previous")
              .value,
            R"(["***","***"])");
  EXPECT_EQ(key_of("[[node]]\nname = 'a'\nsecret = 'x'", R"(node."a".secret)").value, R"("***")");
}

TEST(ConfigListing, gives_the_same_rows_in_pages) {
  std::string text = "federation.dialback_secret = 'x'\nlog.modules = { a = 'debug' }\n";
  for (int i = 0; i < 5; ++i)
    text += "[[static_route]]\ndomain = 'd" + std::to_string(i)
            + ".example'\naddress = '192.0.2.1'\npriority = 1\n";
  const auto sum = sum_of(text);
  const auto all = list_keys(*sum, 0, SIZE_MAX);
  EXPECT_EQ(all.size(), count_keys(*sum));
  for (const size_t limit : {1, 2, 3, 7, 1000}) {
    std::vector<std::string> keys;
    for (size_t first = 0; first < all.size(); first += limit) {
      const auto page = list_keys(*sum, first, limit);
      EXPECT_EQ(page.size(), std::min(limit, all.size() - first));
      for (const auto& row : page)
        keys.push_back(row.key);
    }
    EXPECT_TRUE(std::ranges::equal(keys, all, {}, {}, &listed_key::key)) << limit;
  }
  EXPECT_THAT(list_keys(*sum, all.size(), 10), IsEmpty());
}

TEST(ConfigListing, compares_values_in_force) {
  EXPECT_THAT(changes("limits.stanza_depth = 70", "limits.stanza_depth = 71"),
              ElementsAre("limits.stanza_depth: 70 -> 71"));
  EXPECT_THAT(changes("", "limits.stanza_depth = 64"), IsEmpty());
  EXPECT_THAT(changes("", "limits.stanza_depth = 65"),
              ElementsAre("limits.stanza_depth: 64 -> 65"));
  EXPECT_THAT(changes("federation.dialback_secret = 'x'", "federation.dialback_secret = 'y'"),
              ElementsAre(R"(federation.dialback_secret: "***" -> "***")"));
  EXPECT_THAT(changes("log.modules = { a = 'debug' }", ""),
              ElementsAre("log.modules:  -> {}", "log.modules.a: \"debug\" -> "));
  constexpr auto rows = "[[trust]]\ndomain = 'a.example'\n[[trust]]\ndomain = 'b.example'\n";
  constexpr auto turned = "[[trust]]\ndomain = 'b.example'\n[[trust]]\ndomain = 'a.example'\n";
  EXPECT_THAT(changes(rows, turned), IsEmpty());
}

TEST(ConfigListing, compares_documents_without_defaults_but_with_rows_taken_back) {
  EXPECT_THAT(document_changes("", "limits.stanza_depth = 64"),
              ElementsAre("limits.stanza_depth:  -> 64"));
  constexpr auto row = "[[trust]]\ndomain = 'a.example'\nreport_only = true\n";
  EXPECT_THAT(document_changes(row, "[[trust]]\ndomain = 'a.example'\nremoved = true"),
              ElementsAre("trust.\"a.example\".removed:  -> true",
                          "trust.\"a.example\".report_only: true -> "));
}

} // namespace
} // namespace fedhub::conf
