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

size_t count_addresses(const resolution& x) {
  size_t result = 0;
  for (const auto& target : x.targets)
    result += target.addresses.size();
  return result;
}

} // namespace

std::string describe(const resolution& x) {
  if (x.why != failure::none)
    return fmt::format("{} ({}), SRV {}, A/AAAA {}, total {}", to_string(x.why), x.detail,
                       milliseconds(x.srv_time), milliseconds(x.address_time),
                       milliseconds(x.total_time));
  auto targets = count(x.targets.size(), "target", "targets");
  auto addresses = count(count_addresses(x), "address", "addresses");
  auto total = milliseconds(x.total_time);
  switch (x.method) {
  case resolve_method::srv:
    return fmt::format("SRV {} in {}, A/AAAA {} in {}, total {}", targets, milliseconds(x.srv_time),
                       addresses, milliseconds(x.address_time), total);
  case resolve_method::address:
    return fmt::format("no SRV record in {}, A/AAAA {} in {}, total {}", milliseconds(x.srv_time),
                       addresses, milliseconds(x.address_time), total);
  default: // SRV was not asked
    return fmt::format("{}, {}, {}, total {}", to_string(x.method), targets, addresses, total);
  }
}

} // namespace fedhub
