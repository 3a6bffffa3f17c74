#include "tests/unit/conf/file/loading.hpp"

#include "conf/file/reload.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;

TEST(Reload, needs_a_restart_for_identity_threads_and_sockets) {
  const std::pair<std::string, std::string> cases[] = {
    {"hub.name", "'other'"},
    {"hub.state_dir", "'other'"},
    {"hub.threads", "3"},
    {"listen.s2s", "[]"},
    {"listen.s2s_direct_tls", "['[::]:5270']"},
    {"listen.nodes", "['127.0.0.1:0']"},
    {"listen.metrics", "''"},
    {"listen.dns", "['127.0.0.1:0']"},
    {"admin.socket", "'other.sock'"},
    {"admin.group", "'other'"},
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
  EXPECT_THAT(keys_needing_restart(loaded(""), loaded("hub.threads = 1\nlisten.s2s = []")),
              ElementsAre("hub.threads", "listen.s2s"));
}

} // namespace
} // namespace fedhub::conf
