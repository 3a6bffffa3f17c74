#include "conf/file/reload.hpp"

#include "conf/file/listeners.hpp"

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
  return result;
}

} // namespace fedhub::conf
