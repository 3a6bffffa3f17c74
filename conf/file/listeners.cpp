#include "conf/file/listeners.hpp"

#include "conf/file/problem_list.hpp"

namespace fedhub::conf {

std::string listener_address::path() const {
  auto result = path_of("listen", key);
  return index ? path_of(result, *index) : result;
}

std::vector<listener_address> all_listeners(const listen_config& listen) {
  std::vector<listener_address> result;
  const auto add = [&](std::string_view key, const std::vector<ip_endpoint>& list) {
    for (size_t i = 0; i < list.size(); ++i)
      result.push_back({key, i, list[i]});
  };
  add("s2s", listen.s2s);
  add("s2s_direct_tls", listen.s2s_direct_tls);
  add("nodes", listen.nodes);
  add("dns", listen.dns);
  if (listen.metrics)
    result.push_back({"metrics", {}, *listen.metrics});
  return result;
}

bool covers(const ip_address& bound, const ip_address& target) {
  return bound == target || (bound.is_any() && (bound.is_v4() == target.is_v4() || !bound.is_v4()));
}

bool leads_to(const ip_endpoint& target, const ip_endpoint& listener) {
  if (target.port != listener.port)
    return false;
  // A connection to the wildcard address reaches this machine.
  return target.ip == listener.ip
         || (covers(listener.ip, target.ip) && (target.ip.is_loopback() || target.ip.is_any()))
         || (target.ip.is_any() && listener.ip.is_loopback()
             && target.ip.is_v4() == listener.ip.is_v4());
}

} // namespace fedhub::conf
