#include "tests/unit/conf/file/loading.hpp"

#include "conf/file/reload.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;

TEST(Reload, needs_a_restart_for_identity_and_threads) {
  const std::pair<std::string, std::string> cases[] = {
    {"hub.name", "'other'"},
    {"hub.state_dir", "'other'"},
    {"hub.threads", "3"},
  };
  const auto old = loaded("");
  for (const auto& [key, value] : cases) {
    const auto fresh = loaded(concat(key, " = ", value));
    EXPECT_THAT(keys_needing_restart(old, fresh), ElementsAre(key));
    EXPECT_THAT(keys_needing_restart(fresh, old), ElementsAre(key));
    EXPECT_THAT(keys_needing_restart(fresh, fresh), ElementsAre());
  }
}

TEST(Reload, applies_everything_else) {
  const auto fresh = loaded(R"(
[listen]
s2s = ["127.0.0.1:0"]
s2s_direct_tls = ["[::]:5270"]
nodes = ["192.0.2.1:0"]
metrics = ""
dns = ["192.0.2.1:53"]
[admin]
socket = "other.sock"
group = "other"
[federation]
security_mode = "no-tls"
dialback_secret = "new"
[[static_route]]
domain = "a.example"
address = "192.0.2.1"
[dns]
servers = ["192.0.2.53"]
[dns_view]
name = "hub.b.example"
address = "192.0.2.1"
allow = ["192.0.2.0/24"]
upstream = ["192.0.2.53"]
ttl_s = 1
[[node]]
domains = ["b.example"]
secret = "s"
[limits]
connections = 1
[timeouts]
drain = 0
[log]
level = "trace"
format = "json"
)");
  EXPECT_NE(fresh, loaded(""));
  EXPECT_THAT(keys_needing_restart(loaded(""), fresh), ElementsAre());
}

TEST(Reload, names_all_that_changed) {
  EXPECT_THAT(keys_needing_restart(loaded(""), loaded("hub.threads = 1\nhub.name = 'x'")),
              ElementsAre("hub.name", "hub.threads"));
}

} // namespace
} // namespace fedhub::conf
