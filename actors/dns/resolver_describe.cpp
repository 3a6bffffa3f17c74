#include <spdlog/fmt/fmt.h>

#include "actors/dns/resolver.hpp"

namespace fedhub {

namespace {

std::string milliseconds(std::chrono::microseconds x) {
  return fmt::format("{:.1f} ms", static_cast<double>(x.count()) / 1000);
}

std::string count(size_t n, std::string_view noun, std::string_view plural) {
  return fmt::format("{} {}", n, n == 1 ? noun : plural);
}

size_t count_addresses(const resolution& resolution) {
  size_t result = 0;
  for (const auto& target : resolution.targets)
    result += target.addresses.size();
  return result;
}

} // namespace

std::string describe(const resolution& resolution) {
  if (resolution.why != failure::none)
    return fmt::format("{} ({}), SRV {}, A/AAAA {}, total {}", to_string(resolution.why),
                       resolution.detail, milliseconds(resolution.srv_time),
                       milliseconds(resolution.address_time), milliseconds(resolution.total_time));
  auto targets = count(resolution.targets.size(), "target", "targets");
  auto addresses = count(count_addresses(resolution), "address", "addresses");
  auto total = milliseconds(resolution.total_time);
  switch (resolution.method) {
  case resolve_method::srv:
    return fmt::format("SRV {} in {}, A/AAAA {} in {}, total {}", targets,
                       milliseconds(resolution.srv_time), addresses,
                       milliseconds(resolution.address_time), total);
  case resolve_method::address:
    return fmt::format("no SRV record in {}, A/AAAA {} in {}, total {}",
                       milliseconds(resolution.srv_time), addresses,
                       milliseconds(resolution.address_time), total);
  default: // SRV was not asked
    return fmt::format("{}, {}, {}, total {}", to_string(resolution.method), targets, addresses,
                       total);
  }
}

} // namespace fedhub
