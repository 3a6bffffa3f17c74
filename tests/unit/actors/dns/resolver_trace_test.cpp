// Resolutions that show their answers, and a cache that forgets.
#include <string>

#include <gmock/gmock.h>

#include "tests/unit/actors/dns/resolver_scene.hpp"

namespace fedhub::test {
namespace {

using testing::ElementsAre;

class ResolverTraceTest : public resolver_scene {
protected:
  ResolverTraceTest() {
    ipv6 = false;
    server.script(srv_of("partner.example"), dns_packet{}.srv("@", 300, 1, 0, 5269, "a.example"));
    server.script(a("a.example"), dns_packet{}.a("@", 120, "192.9.2.1"));
  }

  resolution_trace_ptr trace(std::string_view name) {
    resolution_trace_ptr found;
    self->request(resolver(), 30s, trace_atom_v, domain(name), service_kinds::starttls, dns_asker{})
      .receive([&](const resolution_trace_ptr& seen) { found = seen; },
               [&](const caf::error& why) { ADD_FAILURE() << system.render(why); });
    return found;
  }
  void forget(const domain_name& name) {
    self->request(resolver(), 30s, forget_atom_v, name)
      .receive([](forget_atom) {},
               [&](const caf::error& why) { ADD_FAILURE() << system.render(why); });
  }

  /// Returns "question TTL" for each answer, with "cached" if it is.
  static std::vector<std::string> shown(const resolution_trace& seen) {
    std::vector<std::string> lines;
    for (const auto& answer : seen.answers)
      lines.push_back(answer.question.str() + ' ' + std::to_string(answer.ttl_left.count())
                      + (answer.cached ? " cached" : ""));
    return lines;
  }
};

TEST_F(ResolverTraceTest, shows_each_answer_with_the_rest_of_its_ttl) {
  const auto asked = trace("partner.example");
  EXPECT_EQ(asked->outcome->why, failure::none);
  EXPECT_THAT(found(asked->outcome), ElementsAre("a.example 192.9.2.1:5269"));
  EXPECT_THAT(shown(*asked),
              ElementsAre("SRV _xmpp-server._tcp.partner.example 300", "A a.example 120"));
  elapse(20s);
  EXPECT_THAT(
    shown(*trace("partner.example")),
    ElementsAre("SRV _xmpp-server._tcp.partner.example 280 cached", "A a.example 100 cached"));
  EXPECT_EQ(server.asked(a("a.example")), 1);
}

TEST_F(ResolverTraceTest, shows_refused_addresses_and_failures) {
  server.script(srv_of("inside.example"), dns_packet{}.srv("@", 300, 1, 0, 5269, "b.example"));
  server.script(a("b.example"), dns_packet{}.a("@", 120, "10.0.0.1"));
  const auto refused = trace("inside.example");
  EXPECT_EQ(refused->outcome->why, failure::address_refused);
  ASSERT_EQ(refused->answers.size(), 3); // AAAA is asked too, since A gave no usable address
  ASSERT_EQ(refused->answers[1].answer.addresses.size(), 1);
  EXPECT_EQ(refused->answers[1].answer.addresses[0].ip(), "10.0.0.1");

  const auto missing = trace("nowhere.example");
  EXPECT_EQ(missing->outcome->why, failure::dns_not_found);
  EXPECT_EQ(missing->answers.at(0).answer.what, dns_answer::kind::no_name);
}

TEST_F(ResolverTraceTest, does_not_wait_for_a_search_that_others_have_begun) {
  server.script(srv_of("slow.example"), dns_packet{}.srv("@", 300, 1, 0, 5269, "a.example"));
  auto other = ask("slow.example");
  const auto seen = trace("slow.example");
  EXPECT_EQ(seen->answers.size(), 2);
  EXPECT_EQ(receive(std::move(other))->why, failure::none);
  EXPECT_EQ(server.asked(srv_of("slow.example")), 1);
}

TEST_F(ResolverTraceTest, needs_room_like_every_search) {
  options.searches = 0;
  const auto seen = trace("partner.example");
  EXPECT_EQ(seen->outcome->why, failure::memory_full);
  EXPECT_TRUE(seen->answers.empty());
}

TEST_F(ResolverTraceTest, forgets_a_name_and_all_below_it) {
  resolve("partner.example");
  resolve("sub.partner.example"); // does not exist, which is cached as well
  forget(domain("partner.example"));
  resolve("partner.example");
  resolve("sub.partner.example");
  EXPECT_EQ(server.asked(srv_of("partner.example")), 2);
  EXPECT_EQ(server.asked(srv_of("sub.partner.example")), 2);
  EXPECT_EQ(server.asked(a("a.example")), 1) << "the target's name is not below the domain";
  forget({});
  resolve("partner.example");
  EXPECT_EQ(server.asked(a("a.example")), 2);
}

} // namespace
} // namespace fedhub::test
