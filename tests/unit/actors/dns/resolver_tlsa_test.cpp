#include "actors/dns/resolver_tlsa.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/dns/resolver_scene.hpp"

namespace fedhub::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TlsaTest : public resolver_scene {
protected:
  TlsaTest() { options.validating = true; }

  auto ask_tlsa(tlsa_endpoint of) {
    return self->request(resolver(), 30s, tlsa_atom_v, std::move(of), dns_asker{});
  }
  template <class Request>
  tlsa_set_ptr receive_tlsa(Request&& request) {
    tlsa_set_ptr result;
    request.receive([&](const tlsa_set_ptr& x) { result = x; },
                    [&](const caf::error& x) { ADD_FAILURE() << system.render(x); });
    if (!result)
      throw std::runtime_error{"no answer"};
    return result;
  }
  tlsa_set_ptr tlsa(tlsa_endpoint of) { return receive_tlsa(ask_tlsa(std::move(of))); }

  void secure(const dns_question& question, dns_packet answer) {
    server.script(question, dns_script{.answer = std::move(answer), .validating = true});
  }

  const tlsa_record one{3, 1, 1, std::string(32, 'a')}, two{2, 0, 2, std::string(64, 'b')};
};

TEST_F(TlsaTest, finds_the_records_of_an_endpoint_and_keeps_them) {
  secure(tlsa_of("a.example", 5270), dns_packet{}.tlsa("@", 30, one).tlsa("@", 60, two));
  for (int i = 0; i < 2; ++i) {
    auto result = tlsa({"a.example", 5270});
    EXPECT_EQ(result->what, tlsa_set::kind::found) << result->detail;
    EXPECT_THAT(result->records, ElementsAre(one, two));
    EXPECT_EQ(result->base, "a.example");
  }
  EXPECT_EQ(server.asked(tlsa_of("a.example", 5270)), 1);
  elapse(30s);
  tlsa({"a.example", 5270});
  EXPECT_EQ(server.asked(tlsa_of("a.example", 5270)), 2);
}

TEST_F(TlsaTest, takes_no_records_that_are_not_secure) {
  server.script(tlsa_of("a.example"), dns_packet{}.tlsa("@", 60, one));
  auto result = tlsa({"a.example"});
  EXPECT_EQ(result->what, tlsa_set::kind::none);
  EXPECT_THAT(result->records, IsEmpty());
  EXPECT_EQ(result->detail, "TLSA _5269._tcp.a.example is not secure");
}

TEST_F(TlsaTest, asks_nothing_of_servers_that_are_not_trusted_to_validate) {
  options.validating = false;
  server.script(tlsa_of("a.example"), dns_packet{}.tlsa("@", 60, one).authenticated());
  EXPECT_EQ(tlsa({"a.example"})->what, tlsa_set::kind::none);
  EXPECT_EQ(server.asked(tlsa_of("a.example")), 0);
}

TEST_F(TlsaTest, tells_a_failure_from_absence) {
  server.script(tlsa_of("bogus.example"), dns_packet{dns_packet::servfail});
  auto bogus = tlsa({"bogus.example"});
  EXPECT_EQ(bogus->what, tlsa_set::kind::failed);
  EXPECT_EQ(bogus->detail, "SERVFAIL for TLSA _5269._tcp.bogus.example");
  EXPECT_EQ(tlsa({"none.example"})->what, tlsa_set::kind::none);
  EXPECT_EQ(tlsa({"192.9.2.1"})->what, tlsa_set::kind::none);
  EXPECT_EQ(tlsa({"2001:db9::1"})->detail, "\"2001:db9::1\" is not a host name");
}

TEST_F(TlsaTest, gives_up_on_servers_that_are_silent) {
  options.timeout = 300ms;
  server.script(tlsa_of("dead.example"), dns_script{.ignored = dns_server::for_ever});
  EXPECT_EQ(tlsa({"dead.example"})->what, tlsa_set::kind::failed);
}

TEST_F(TlsaTest, prefers_the_canonical_name_and_falls_back_to_the_host) {
  secure(tlsa_of("both.example"), dns_packet{}.tlsa("@", 60, one));
  secure(tlsa_of("c.example"), dns_packet{}.tlsa("@", 60, two));
  auto result = tlsa({"both.example", 5269, "c.example"});
  EXPECT_EQ(result->base, "c.example");
  EXPECT_THAT(result->records, ElementsAre(two));
  EXPECT_EQ(server.asked(tlsa_of("both.example")), 0);
  EXPECT_EQ(tlsa({"both.example", 5269, "none.example"})->base, "both.example");
  // If an attacker suppresses the records of one name, those of another must not replace them.
  server.script(tlsa_of("bogus.example"), dns_packet{dns_packet::servfail});
  EXPECT_EQ(tlsa({"both.example", 5269, "bogus.example"})->what, tlsa_set::kind::failed);
}

TEST_F(TlsaTest, asks_once_for_all_who_want_the_same_records) {
  server.script(
    tlsa_of("a.example"),
    dns_script{.answer = dns_packet{}.tlsa("@", 60, one), .held = true, .validating = true});
  auto first = ask_tlsa({"a.example"});
  auto second = ask_tlsa({"a.example"});
  auto later = ask_tlsa({"later.example"});
  server.await(tlsa_of("later.example"));
  server.release();
  EXPECT_EQ(receive_tlsa(first)->what, tlsa_set::kind::found);
  EXPECT_EQ(receive_tlsa(second)->what, tlsa_set::kind::found);
  receive_tlsa(later);
  EXPECT_EQ(server.asked(tlsa_of("a.example")), 1);
}

TEST_F(TlsaTest, tells_those_who_wait_that_the_hub_is_stopping) {
  server.script(tlsa_of("held.example"), dns_script{.held = true});
  auto request = ask_tlsa({"held.example"});
  server.await(tlsa_of("held.example"));
  stop();
  EXPECT_EQ(receive_tlsa(request)->what, tlsa_set::kind::failed);
}

TEST_F(TlsaTest, goes_with_targets_that_are_secure_all_the_way) {
  secure(srv_of("partner.example"), dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example"));
  secure(a("a.example"), dns_packet{}.cname("@", 60, "b.example").a("b.example", 60, "192.9.2.1"));
  auto result = resolve("partner.example");
  ASSERT_EQ(result->targets.size(), 1u) << result->detail;
  EXPECT_TRUE(result->targets[0].dnssec.allows_dane());
  EXPECT_EQ(result->targets[0].dnssec.canonical, "b.example");
}

TEST_F(TlsaTest, does_not_go_with_targets_of_servers_that_are_not_trusted) {
  options.validating = false;
  server.script(srv_of("partner.example"),
                dns_packet{}.srv("@", 60, 1, 0, 5269, "a.example").authenticated());
  server.script(a("a.example"), dns_packet{}.a("@", 60, "192.9.2.1").authenticated());
  auto result = resolve("partner.example");
  ASSERT_EQ(result->targets.size(), 1u) << result->detail;
  EXPECT_FALSE(result->targets[0].dnssec.service || result->targets[0].dnssec.addresses);
}

TEST_F(TlsaTest, comes_over_tcp_too_and_after_lost_packets) {
  server.script(tlsa_of("big.example"), dns_script{.answer = dns_packet{}.truncated(),
                                                   .over_tcp = dns_packet{}.tlsa(
                                                     "@", 60, {3, 0, 0, std::string(3000, 'x')}),
                                                   .ignored = 1,
                                                   .validating = true});
  options.timeout = 2s;
  auto result = tlsa({"big.example"});
  EXPECT_EQ(result->what, tlsa_set::kind::found) << result->detail;
  EXPECT_EQ(server.questions_over_tcp(), 1);
}

} // namespace
} // namespace fedhub::test
