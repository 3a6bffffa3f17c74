// Which elements of which streams a capture shows.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

/// Selects a domain, the domains of a node, or one stream.
class capture_filter {
public:
  static capture_filter of_domain(domain_name domain) {
    capture_filter filter;
    filter.domain_ = std::move(domain);
    return filter;
  }
  static capture_filter of_node(std::vector<domain_pattern> served) {
    capture_filter filter;
    filter.served_ = std::move(served);
    return filter;
  }
  static capture_filter of_stream(uint64_t id) {
    capture_filter filter;
    filter.stream_ = id;
    return filter;
  }

  /// Returns the stream of which all elements are selected; 0: domains decide.
  uint64_t stream() const { return stream_; }
  bool selects(const domain_name& domain) const;

private:
  capture_filter() = default;

  domain_name domain_;
  std::vector<domain_pattern> served_;
  uint64_t stream_ = 0;
};

} // namespace fedhub
