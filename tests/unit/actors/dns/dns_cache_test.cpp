#include "actors/dns/dns_cache.hpp"

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

TEST(DnsCache, forgets_a_name_with_all_below_it_and_no_other) {
  dns_cache cache;
  const std::string names[] = {"a.example",
                               "_xmpp-server._tcp.a.example",
                               "_5269._tcp.x.a.example",
                               "ba.example",
                               "example",
                               "a.example.org"};
  for (const auto& name : names)
    for (const auto type : {dns_type::a, dns_type::srv, dns_type::host})
      cache.put({name, type}, answer(kind::no_data, 30s), start);
  EXPECT_EQ(cache.time_left({"a.example", dns_type::a}, start + 1s), 29s);
  cache.forget("a.example");
  EXPECT_EQ(cache.size(), 9u);
  EXPECT_EQ(cache.time_left({"a.example", dns_type::a}, start), 0s);
  for (const auto* name : {"ba.example", "example", "a.example.org"})
    EXPECT_NE(cache.find({name, dns_type::srv}, start), nullptr) << name;
  cache.clear();
  EXPECT_EQ(cache.octets(), 0u);
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

TEST(DnsCache, bounds_the_memory_of_all_answers) {
  dns_cache cache{{.octets = 100'000}};
  auto large = answer(kind::records, 30s);
  large.associations.push_back({3, 0, 0, std::string(30'000, 'x')});
  for (int i = 0; i < 100; ++i) {
    cache.put(question(i), large, start);
    ASSERT_LE(cache.octets(), 100'000u);
  }
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_NE(cache.find(question(99), start), nullptr);
  EXPECT_EQ(cache.find(question(96), start), nullptr);
  for (int i = 0; i < 100; ++i) // replaces itself
    cache.put(question(99), large, start);
  EXPECT_EQ(cache.size(), 3u);
  large.associations[0].data.resize(100'000);
  cache.put(question(99), large, start);
  EXPECT_EQ(cache.find(question(99), start), nullptr);
  for (int i = 97; i < 100; ++i)
    cache.find(question(i), start + 30s);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.octets(), 0u);
}

TEST(DnsCache, tells_when_the_next_answer_is_over_and_lets_it_go_then) {
  dns_cache cache;
  EXPECT_EQ(cache.next_expiry(), std::nullopt);
  cache.put(question(1), answer(kind::records, 60s), start);
  cache.put(question(2), answer(kind::no_name, 30s), start);
  cache.put(question(3), answer(kind::no_name, 30s), start); // at the same time
  cache.put(question(4), answer(kind::records, 90s), start);
  EXPECT_EQ(cache.next_expiry(), start + 30s);
  cache.expire(start + 30s - 1ns);
  EXPECT_EQ(cache.size(), 4u);
  cache.expire(start + 30s);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.next_expiry(), start + 60s);
  cache.put(question(1), answer(kind::records, 60s),
            start + 40s); // the old expiry no longer counts
  EXPECT_EQ(cache.next_expiry(), start + 90s);
  cache.expire(start + 100s);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.octets(), 0u);
  EXPECT_EQ(cache.next_expiry(), std::nullopt);
}

TEST(DnsCache, counts_all_that_an_answer_holds) {
  const std::string text(250, 'x');
  auto grows = [](auto change) {
    auto result = answer(kind::records, 30s);
    auto before = octets_of(result);
    change(result);
    return octets_of(result) - before;
  };
  EXPECT_GE(grows([&](auto& x) { x.services.resize(1), x.services[0].target = text; }), 250u);
  EXPECT_GE(grows([&](auto& x) { x.addresses.resize(10); }), 10 * sizeof(socket_address));
  EXPECT_GE(grows([&](auto& x) { x.detail = text; }), 250u);
  EXPECT_GE(grows([&](auto& x) { x.canonical_name = text; }), 250u);
}

} // namespace
} // namespace fedhub
