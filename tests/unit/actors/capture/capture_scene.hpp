// A store of captures in a folder of its own, with a clock that the test turns.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "actors/capture/capture_store.hpp"
#include "tests/unit/actors/files/folder.hpp"

namespace fedhub::test {

struct capture_scene : testing::Test {
  folder place;
  std::filesystem::path path = place.path() / "captures";
  capture_bounds bounds{path, uint64_t{1} << 20};
  running_captures_ptr open; ///< what the streams know.
  std::vector<captured_octets> rest;
  std::vector<std::string> audit;
  uint64_t free_octets = UINT64_MAX;
  capture_store::time_point now = std::chrono::system_clock::now();
  capture_store store = make_store();
  captured_stream_ptr stream = std::make_shared<const captured_stream>(captured_stream{
    7, {*ip_address::parse("192.0.2.1"), 5269}, {*ip_address::parse("192.0.2.2"), 1}});

  capture_store make_store() {
    return capture_store{
      {[this](running_captures_ptr running) { open = std::move(running); },
       [this] { return std::exchange(rest, {}); },
       [this](const admin::audit_row& row) { audit.push_back(row.actor + ": " + row.detail); },
       [this](const std::filesystem::path&) { return free_octets; }}};
  }

  static capture_order order(std::chrono::seconds time = std::chrono::seconds{60}) {
    return {{.domain = "partner.example"},
            capture_filter::of_domain(*domain_name::parse("partner.example")),
            time,
            "uid 1"};
  }
  /// Starts a capture. @returns its id, or the status of the problem.
  uint64_t start(std::chrono::seconds time = std::chrono::seconds{60}) {
    const auto row = store.start(bounds, order(time), now);
    return row ? row->id : row.error().status;
  }
  admin::capture_row row(uint64_t id) {
    for (const auto& each : store.list(bounds, now))
      if (each.id == id)
        return each;
    ADD_FAILURE() << "there is no capture " << id;
    return {};
  }
  captured_octets part(size_t running, std::string octets, bool sent = false) const {
    return {open->at(running), stream, now, sent, std::move(octets)};
  }
  void write(std::string octets, size_t running = 0) {
    std::vector<captured_octets> parts;
    parts.push_back(part(running, std::move(octets)));
    store.write(parts, now);
  }
  unsigned end(uint64_t id) {
    const auto row = store.remove(bounds, id, "uid 2", now);
    return row ? 204 : row.error().status;
  }
  std::string octets_of(uint64_t id) const {
    std::ifstream file{path / ("capture-" + std::to_string(id) + ".pcapng"), std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
};

} // namespace fedhub::test
