#include "conf/file/listener_plan.hpp"

#include <algorithm>
#include <optional>

namespace fedhub::conf {

namespace {

/// Pairs open listeners with configured ones, each at most once.
class listener_pairing {
public:
  listener_pairing(const std::vector<open_address>& open,
                   const std::vector<listener_address>& fresh)
    : open_{open}, fresh_{fresh}, used_(open.size()), from_(fresh.size()) {}

  /// Pairs all that are left and that fit.
  template <class Fits>
  void pair(Fits fits) {
    for (size_t to = 0; to < fresh_.size(); ++to)
      for (size_t from = 0; from < open_.size() && !from_[to]; ++from)
        if (!used_[from] && fits(open_[from], fresh_[to])) {
          used_[from] = true;
          from_[to] = from;
        }
  }

  bool used(size_t from) const { return used_[from]; }
  std::optional<size_t> origin(size_t to) const { return from_[to]; }

private:
  const std::vector<open_address>& open_;
  const std::vector<listener_address>& fresh_;
  std::vector<bool> used_;
  std::vector<std::optional<size_t>> from_;
};

constexpr std::string_view dns_key = "dns";

} // namespace

bool overlap(const ip_endpoint& first, const ip_endpoint& second) {
  return first.port == second.port && first.port != 0
         && (covers(first.ip, second.ip) || covers(second.ip, first.ip));
}

listener_plan plan_listeners(const std::vector<open_address>& open,
                             const std::vector<listener_address>& fresh) {
  listener_pairing pairs{open, fresh};
  pairs.pair([](const open_address& old, const listener_address& next) {
    return old.key == next.key && old.configured == next.at;
  });
  pairs.pair([](const open_address& old, const listener_address& next) {
    return old.key == next.key && old.bound() == next.at;
  });
  pairs.pair([](const open_address& old, const listener_address& next) {
    return old.bound() == next.at && old.key != dns_key && next.key != dns_key;
  });
  listener_plan plan;
  for (size_t to = 0; to < fresh.size(); ++to) {
    if (const auto from = pairs.origin(to)) {
      auto& steps = open[*from].key == fresh[to].key ? plan.kept : plan.handed_over;
      steps.push_back({*from, to});
      continue;
    }
    listener_plan::opening next{to, {}};
    for (size_t from = 0; from < open.size(); ++from)
      if (!pairs.used(from) && overlap(open[from].bound(), fresh[to].at))
        next.beside.push_back(from);
    plan.opened.push_back(std::move(next));
  }
  for (size_t from = 0; from < open.size(); ++from)
    if (!pairs.used(from))
      plan.closed.push_back(from);
  return plan;
}

} // namespace fedhub::conf
