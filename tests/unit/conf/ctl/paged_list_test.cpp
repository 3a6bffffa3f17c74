#include "conf/ctl/paged_list.hpp"

#include <gtest/gtest.h>

namespace fedhub::ctl {
namespace {

const api_request domains{http_method::get, "domains"};

json page(size_t rows, std::optional<size_t> total = {}, const json& next = nullptr) {
  json result{{"items", std::vector<int>(rows, 1)}};
  if (total)
    result["total"] = *total;
  if (!next.is_null())
    result["next"] = next;
  return result;
}

std::string next_target(const paged_list& list) {
  const auto request = list.next_request();
  return request ? request->target() : "";
}

TEST(PagedList, asks_for_pages_until_it_has_the_rows_it_needs) {
  paged_list list{domains, 5, true};
  EXPECT_EQ(next_target(list), "/api/v1/domains?limit=5");
  EXPECT_TRUE(list.take(page(3, 340, "c d"), 10));
  EXPECT_EQ(next_target(list), "/api/v1/domains?limit=5&after=c%20d");
  EXPECT_TRUE(list.take(page(3, 340, "e"), 10));
  EXPECT_EQ(next_target(list), "");
  EXPECT_EQ(list.rows().size(), 5u);
  EXPECT_EQ(list.foot(), "5 of 340");
}

TEST(PagedList, ends_with_the_last_page) {
  for (const auto& last : {page(2, 5), page(2), page(2, 5, ""), page(0, 3, "more")}) {
    paged_list list{domains, 100, true};
    EXPECT_TRUE(list.take(page(3, {}, 7), 10));
    EXPECT_EQ(next_target(list), "/api/v1/domains?limit=100&after=7");
    EXPECT_TRUE(list.take(last, 10)) << last;
    EXPECT_EQ(next_target(list), "") << last;
    EXPECT_EQ(list.foot(), "") << last;
  }
}

TEST(PagedList, reports_that_there_are_more_rows) {
  const std::pair<json, std::string_view> table[] = {
    {page(2, 2), ""},
    {page(2, 9, "a"), "2 of 9"},
    {page(2, {}, "a"), "2, and there are more"},
    {page(3), "2, and there are more"},
    {json::array({1, 2}), ""},
    {json::array({1, 2, 3}), "2, and there are more"},
    {json{{"items", {1, 2}}, {"total", -4}}, ""},
    {json{{"items", {1, 2}}, {"total", "many"}}, ""},
  };
  for (const auto& [answer, foot] : table) {
    paged_list list{domains, 2, true};
    EXPECT_TRUE(list.take(answer, 10));
    EXPECT_EQ(list.foot(), foot) << answer;
  }
}

TEST(PagedList, asks_for_no_page_that_the_hub_would_refuse) {
  EXPECT_EQ(next_target({domains, 0, true}), "/api/v1/domains?limit=1");
  EXPECT_EQ(next_target({domains, 5'000, true}), "/api/v1/domains?limit=1000");
  EXPECT_EQ(next_target({domains, 5'000, false}), "/api/v1/domains");
}

TEST(PagedList, takes_only_lists) {
  for (const auto* text :
       {"{}", "null", "7", R"("items")", R"({"items": {}})", R"({"items": null})"}) {
    paged_list list{domains, 5, true};
    EXPECT_FALSE(list.take(*parse_json(text), 10)) << text;
  }
}

TEST(PagedList, ends_a_list_that_has_no_end) {
  paged_list rows{domains, most_rows + 1, true};
  for (size_t i = 0; i < most_rows; i += 1'000)
    EXPECT_TRUE(rows.take(page(1'000, {}, "more"), 10));
  EXPECT_EQ(next_target(rows), "");
  EXPECT_EQ(rows.rows().size(), most_rows);
  paged_list octets{domains, most_rows, true};
  EXPECT_TRUE(octets.take(page(1, {}, "more"), most_list_octets));
  EXPECT_EQ(next_target(octets), "");
}

} // namespace
} // namespace fedhub::ctl
