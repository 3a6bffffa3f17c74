#include "actors/dns/resolver_order.hpp"

#include <algorithm>
#include <memory>
#include <random>

namespace fedhub {

namespace {

using iterator = std::vector<resolved_target>::iterator;

/// Orders the targets of one priority.
void order_by_weight(iterator first, iterator last, const random_draw& draw) {
  // The draw by weight cannot order targets of weight 0, so they are shuffled. Then they are placed
  // first, as the RFC requires, so that only a draw of exactly 0 chooses one of them.
  auto weighted =
    std::stable_partition(first, last, [](const resolved_target& x) { return x.weight == 0; });
  for (auto i = first; i != weighted; ++i)
    std::iter_swap(i, i + static_cast<ptrdiff_t>(draw(static_cast<uint32_t>(weighted - i - 1))));
  uint32_t sum = 0; // 65535 records of weight 65535 still fit
  for (auto i = first; i != last; ++i)
    sum += i->weight;
  for (; first != last; ++first) {
    auto chosen = draw(sum);
    uint32_t running = 0;
    auto i = first;
    for (; i + 1 != last; ++i) {
      running += i->weight;
      if (running >= chosen)
        break;
    }
    sum -= i->weight;
    std::rotate(first, i, i + 1); // keeps the order of the remaining targets
  }
}

} // namespace

random_draw system_random() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine](uint32_t max) {
    return std::uniform_int_distribution<uint32_t>{0, max}(*engine);
  };
}

void order_targets(std::vector<resolved_target>& targets, const random_draw& draw) {
  std::stable_sort(targets.begin(), targets.end(),
                   [](const auto& x, const auto& y) { return x.priority < y.priority; });
  for (auto first = targets.begin(); first != targets.end();) {
    auto last = std::find_if(first, targets.end(),
                             [&](const auto& x) { return x.priority != first->priority; });
    order_by_weight(first, last, draw);
    first = last;
  }
}

void interleave_families(std::vector<socket_address>& addresses) {
  std::vector<socket_address> families[2];
  for (const auto& address : addresses) {
    auto& family = families[address.family() == AF_INET6 ? 0 : 1];
    if (std::find(family.begin(), family.end(), address) == family.end())
      family.push_back(address);
  }
  addresses.clear();
  for (size_t i = 0; i < std::max(families[0].size(), families[1].size()); ++i)
    for (const auto& family : families)
      if (i < family.size())
        addresses.push_back(family[i]);
}

} // namespace fedhub
