// A federation table, and what happens to it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "actors/admin/federation_table.hpp"

namespace fedhub::test {

inline domain_name domain(std::string_view text) { return *domain_name::parse(text); }

/// A federation table, and the hub's clock.
class federation_test : public testing::Test {
protected:
  void open(uint64_t id, stream_leg leg = stream_leg::s2s_in) {
    table.on_stream({.id = id, .leg = leg}, now);
  }
  void prove(uint64_t id, std::string_view peer, stream_leg leg = stream_leg::s2s_in) {
    table.on_stream(
      {.id = id, .leg = leg, .state = stream_state::authenticated, .peer = domain(peer)}, now);
  }
  void end(uint64_t id) { table.on_stream({.id = id, .ended = true}, now); }
  void report(std::string_view name, domain_news::phase at, failure why = failure::none,
              uint64_t queued = 0) {
    auto news = std::make_shared<domain_news>();
    news->domain = domain(name);
    news->now = at;
    news->why = why;
    news->queued_stanzas = queued;
    table.on_domain(news, now);
  }

  federation_table::clocks clocks() const { return {now, wall + (now - start)}; }
  std::optional<admin::domain_row> row(std::string_view name) const {
    return table.domain(domain(name), clocks());
  }
  admin::domain_state state(std::string_view name) const { return row(name).value().state; }
  std::vector<std::string> names(const domains_question& question) const {
    std::vector<std::string> found;
    for (const auto& item : table.domains(question, clocks()).items)
      found.push_back(item.name);
    return found;
  }
  std::vector<uint64_t> ids(const streams_question& question) const {
    std::vector<uint64_t> found;
    for (const auto& item : table.streams(question, clocks()).items)
      found.push_back(item.id);
    return found;
  }

  const std::chrono::steady_clock::time_point start{std::chrono::hours{1}};
  const admin::clock_time wall{std::chrono::hours{1000}};
  std::chrono::steady_clock::time_point now = start;
  federation_table table;
};

} // namespace fedhub::test
