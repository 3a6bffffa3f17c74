// Opens the lanes, a few at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bench/load/traffic.hpp"

namespace fedhub::load {

/// Begins lanes in order, at most `options::handshakes` at a time.
class lane_opener {
public:
  /// @param begin begins a lane.
  /// @param ready returns whether a lane that was begun is ready for load.
  lane_opener(traffic& run, std::function<void(uint32_t)> begin,
              std::function<bool(uint32_t)> ready)
    : run_(run), begin_(std::move(begin)), ready_(std::move(ready)) {}

  /// Call whenever a lane may have become ready.
  void go_on() {
    std::erase_if(begun_, ready_);
    while (begun_.size() < run_.opts.handshakes && next_ < run_.opts.streams) {
      begun_.push_back(next_);
      begin_(next_++);
    }
    run_.opened.set(next_ - begun_.size());
  }

private:
  traffic& run_;
  std::function<void(uint32_t)> begin_;
  std::function<bool(uint32_t)> ready_;
  std::vector<uint32_t> begun_;
  uint32_t next_ = 0;
};

} // namespace fedhub::load
