#include "conf/file/listeners.hpp"

#include "conf/file/problem_list.hpp"
#include "conf/file/read_config.hpp"

namespace fedhub::conf {

std::string listener_address::path() const {
  auto result = path_of("listen", key);
  return index ? path_of(result, *index) : result;
}

std::vector<listener_address> all_listeners(const listen_config& x) {
  std::vector<listener_address> result;
  const auto add = [&](std::string_view key, const std::vector<socket_address>& list) {
    for (size_t i = 0; i < list.size(); ++i)
      result.push_back({key, i, list[i]});
  };
  add("s2s", x.s2s);
  add("s2s_direct_tls", x.s2s_direct_tls);
  add("nodes", x.nodes);
  add("dns", x.dns);
  if (x.metrics)
    result.push_back({"metrics", {}, *x.metrics});
  return result;
}

bool covers(const ip_address& x, const ip_address& y) {
  return x == y || (x.is_any() && (x.is_v4() == y.is_v4() || !x.is_v4()));
}

bool leads_to(const socket_address& target, const socket_address& x) {
  if (target.port != x.port)
    return false;
  // "Any address" as a target is this machine.
  return target.ip == x.ip
         || (covers(x.ip, target.ip) && (target.ip.is_loopback() || target.ip.is_any()))
         || (target.ip.is_any() && x.ip.is_loopback() && target.ip.is_v4() == x.ip.is_v4());
}

void check_listeners(const listen_config& listen, const table_reader& table) {
  const auto all = all_listeners(listen);
  const auto report = [&](const listener_address& x, std::string found) {
    if (x.index)
      table.report_element(x.key, *x.index, std::move(found), "each address once");
    else
      table.report(x.key, std::move(found), "each address once");
  };
  for (auto later = all.begin(); later != all.end(); ++later)
    for (auto first = all.begin(); first != later; ++first) {
      const auto& [a, b] = std::pair{first->at, later->at};
      if (a.port != b.port || a.port == 0)
        continue;
      if (a == b)
        report(*later, in_quotes(b.str()) + ", which " + first->path() + " has too");
      else if (covers(a.ip, b.ip))
        report(*later, in_quotes(b.str()) + ", which " + in_quotes(a.str()) + " of " + first->path()
                         + " covers");
      else if (covers(b.ip, a.ip))
        report(*later, in_quotes(b.str()) + ", which covers " + in_quotes(a.str()) + " of "
                         + first->path());
      else
        continue;
      break; // one problem of a listener is enough
    }
}

} // namespace fedhub::conf
