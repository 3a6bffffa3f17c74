#include "conf/file/reload.hpp"

namespace fedhub::conf {

std::vector<std::string_view> keys_needing_restart(const config& old, const config& fresh) {
  std::vector<std::string_view> result;
  const auto compare = [&](std::string_view key, const auto& before, const auto& after) {
    if (before != after)
      result.push_back(key);
  };
  compare("hub.name", old.hub.name,
          fresh.hub.name); // labels every metric
  compare("hub.state_dir", old.hub.state_dir, fresh.hub.state_dir);
  compare("hub.threads", old.hub.threads, fresh.hub.threads);
  compare("listen.s2s", old.listen.s2s, fresh.listen.s2s);
  compare("listen.s2s_direct_tls", old.listen.s2s_direct_tls, fresh.listen.s2s_direct_tls);
  compare("listen.nodes", old.listen.nodes, fresh.listen.nodes);
  compare("listen.metrics", old.listen.metrics, fresh.listen.metrics);
  compare("listen.dns", old.listen.dns, fresh.listen.dns);
  compare("admin.socket", old.admin.socket, fresh.admin.socket);
  compare("admin.group", old.admin.group, fresh.admin.group);
  return result;
}

} // namespace fedhub::conf
