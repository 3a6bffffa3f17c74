// A resolver between a test that asks and a scripted DNS server.
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <gmock/gmock.h>

#include "actors/dns/resolver.hpp"
#include "actors/dns/spawn_resolver.hpp"
#include "actors/log/log.hpp"
#include "actors/runtime/network_loop.hpp"
#include "tests/unit/actors/dns/dns_server.hpp"

namespace fedhub::test {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

inline dns_question srv_of(const std::string& domain) {
  return {"_xmpp-server._tcp." + domain, dns_type::srv};
}
inline dns_question direct_srv_of(const std::string& domain) {
  return {"_xmpps-server._tcp." + domain, dns_type::srv};
}
inline dns_question tlsa_of(const std::string& host, int port = 5269) {
  return {"_" + std::to_string(port) + "._tcp." + host, dns_type::tlsa};
}
inline dns_question a(std::string name) { return {std::move(name), dns_type::a}; }
inline dns_question aaaa(std::string name) { return {std::move(name), dns_type::aaaa}; }

inline domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

/// A resolver with a scripted DNS server. The test asks, and can turn the resolver's clock forward.
class resolver_scene : public testing::Test {
protected:
  resolver_scene() : system{config.set("scheduler.max-threads", size_t{2})}, self{system} {
    log(log_module::resolver).set_level(spdlog::level::err); // else it writes thousands of lines
  }
  ~resolver_scene() override {
    stop();
    loop.stop();
  }

  resolver_actor& resolver() {
    if (!resolver_) {
      if (options.servers.empty())
        options.servers = {server.address()};
      options.now = [this] { return std::chrono::steady_clock::now() + milliseconds{turned}; };
      options.ipv6 = [this] { return ipv6.load(); };
      options.on_resolved = [this](const resolution&) { ++resolved; };
      resolver_ = spawn_resolver(system, loop, options);
    }
    return resolver_;
  }

  void stop() {
    if (!resolver_)
      return;
    self->send_exit(resolver_, caf::exit_reason::user_shutdown);
    self->wait_for(resolver_);
    resolver_ = nullptr;
  }

  auto ask(std::string_view name, service_kinds services = service_kinds::starttls,
           const dns_asker& asker = {}) {
    return self->request(resolver(), 30s, resolve_atom_v, domain(name), services, asker);
  }

  template <class Request>
  resolution_ptr receive(Request&& request) {
    resolution_ptr result;
    request.receive([&](const resolution_ptr& x) { result = x; },
                    [&](const caf::error& x) { ADD_FAILURE() << system.render(x); });
    if (!result)
      throw std::runtime_error{"no answer"};
    return result;
  }

  resolution_ptr resolve(std::string_view name, service_kinds services = service_kinds::starttls) {
    return receive(ask(name, services));
  }

  static std::vector<std::string> found(const resolution_ptr& resolution) {
    std::vector<std::string> result;
    for (const auto& target : resolution->targets)
      for (const auto& address : target.addresses)
        result.push_back(target.host + " " + address.str());
    return result;
  }

  void elapse(milliseconds x) { turned += x.count(); }

  caf::actor_system_config config;
  network_loop loop;
  caf::actor_system system;
  caf::scoped_actor self;
  dns_server server;
  resolver_options options;
  std::atomic<int64_t> turned{0};
  std::atomic<bool> ipv6{true};
  std::atomic<int> resolved{0};

private:
  resolver_actor resolver_;
};

} // namespace fedhub::test
