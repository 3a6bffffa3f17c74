#include "actors/dns_cache.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using kind = dns_answer::kind;

const dns_cache::time_point start{};

dns_question question(int n = 0) { return {"host" + std::to_string(n) + ".example", dns_type::a}; }

dns_answer answer(kind what, std::optional<std::chrono::seconds> ttl) {
  dns_answer result;
  result.what = what;
  result.ttl = ttl;
  return result;
}

TEST(DnsCache, keeps_an_answer_for_its_ttl_and_no_longer) {
  dns_cache cache;
  cache.put(question(), answer(kind::records, 30s), start);
  EXPECT_NE(cache.find(question(), start + 30s - 1ns), nullptr);
  EXPECT_EQ(cache.find(question(), start + 30s), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(DnsCache, tells_types_of_one_name_apart) {
  dns_cache cache;
  cache.put({"x.example", dns_type::a}, answer(kind::records, 30s), start);
  EXPECT_EQ(cache.find({"x.example", dns_type::aaaa}, start), nullptr);
}

TEST(DnsCache, limits_the_time_to_keep) {
  dns_cache cache{{.negative = 60s}};
  struct {
    kind what;
    std::optional<std::chrono::seconds> ttl;
    std::chrono::seconds kept;
  } table[] = {
    {kind::records, 300s, 300s},         {kind::records, 0s, 1s},
    {kind::records, 30 * 24h, 24h},      {kind::no_name, 30s, 30s},
    {kind::no_data, 3600s, 60s},         {kind::no_data, 0s, 1s},
    {kind::no_data, std::nullopt, 5s},   {kind::failed, std::nullopt, 5s},
    {kind::timed_out, std::nullopt, 5s},
  };
  for (const auto& row : table)
    EXPECT_EQ(cache.time_to_keep(answer(row.what, row.ttl)), row.kept)
      << static_cast<int>(row.what);
}

TEST(DnsCache, keeps_no_negative_answer_if_told_so) {
  dns_cache cache{{.negative = 0s}};
  cache.put(question(), answer(kind::no_name, 30s), start);
  EXPECT_EQ(cache.find(question(), start), nullptr);
  cache.put(question(), answer(kind::failed, std::nullopt), start);
  EXPECT_EQ(cache.find(question(), start), nullptr);
}

TEST(DnsCache, replaces_an_answer) {
  dns_cache cache;
  cache.put(question(), answer(kind::failed, std::nullopt), start);
  cache.put(question(), answer(kind::records, 60s), start + 1s);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.find(question(), start + 60s)->what, kind::records);
}

TEST(DnsCache, forgets_the_least_recently_used_when_full) {
  dns_cache cache{{.entries = 2}};
  cache.put(question(1), answer(kind::records, 60s), start);
  cache.put(question(2), answer(kind::records, 60s), start);
  cache.find(question(1), start);
  cache.put(question(3), answer(kind::records, 60s), start);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_NE(cache.find(question(1), start), nullptr);
  EXPECT_EQ(cache.find(question(2), start), nullptr);
  EXPECT_NE(cache.find(question(3), start), nullptr);
}

} // namespace
} // namespace fedhub
