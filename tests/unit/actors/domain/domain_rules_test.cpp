// A domain actor after a reload: its waiting stanzas, its questions, and later stanzas.
#include "actors/domain/spawn_domain.hpp"
#include "protocol/events/stream_action.hpp"
#include "tests/unit/actors/files/folder.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"
#include "tests/unit/actors/net/mute_listener.hpp"

namespace fedhub {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DomainRules : public test::hub_test {
protected:
  void begin(const std::string& text = {}) {
    start(text + test::own_domains);
    domain = keep(spawn_domain(system(), hub_, test::domain("partner.example"), hub_->table()));
    run();
  }
  /// Reloads with this configuration.
  void change(const std::string& text) {
    use(text);
    post(domain, table_atom_v, hub_->table());
  }
  /// Reloads with this configuration, but sends the actors no message about it.
  void use(const std::string& text) {
    auto loaded = conf::load_text(text, "f");
    ASSERT_TRUE(loaded.value);
    config = *loaded.value;
    auto next = *hub_->current();
    next.config = config;
    next.trust = std::make_shared<const trust_policy>(config);
    hub_->replace(std::make_shared<const settings>(next));
    hub_->replace(table());
  }
  void deliver(std::string_view id, std::string_view from = "a@corp.example") {
    post(domain, deliver_atom_v, messages({id}, "b@partner.example", from));
  }
  void ask() {
    verify_key key{{test::domain("partner.example"), test::domain("corp.example")}, "id", "key"};
    post(domain, verify_atom_v, std::make_shared<const verification>(verification{key, {}, {}, {}}),
         spawn(test::fake_verifier, &asker));
  }

  const std::string denial =
    "[federation]\nprivacy_mode = 'deny-list'\ndeny = ['partner.example']\n";
  test::verifier_log asker;
  domain_actor domain;
};

TEST_F(DomainRules, answer_what_waits_for_a_domain_that_is_denied) {
  begin();
  deliver("1");
  ask();
  EXPECT_EQ(queued(), 1);
  change(denial + test::own_domains);
  EXPECT_EQ(queued(), 0);
  EXPECT_EQ(bounced(failure::domain_denied), 1);
  ASSERT_THAT(asker.answers, SizeIs(1));
  EXPECT_EQ(asker.answers[0]->why, failure::domain_denied);
  deliver("2");
  EXPECT_EQ(bounced(failure::domain_denied), 2) << "a router may still have the former table";
}

TEST_F(DomainRules, answer_what_waits_of_a_sender_that_is_local_no_more) {
  begin();
  deliver("1", "a@corp.example");
  deliver("2", "a@other.example");
  change("[[node]]\nname = 'own'\ndomains = ['other.example']\nsecret = 's'\n");
  EXPECT_EQ(queued(), 1);
  EXPECT_EQ(bounced(failure::node_unavailable), 1);
  deliver("3", "a@corp.example");
  EXPECT_EQ(bounced(failure::node_unavailable), 2);
}

TEST_F(DomainRules, restart_an_attempt_if_the_route_has_changed) {
  begin("[[static_route]]\ndomain = 'partner.example'\naddress = 'old.test'\n");
  deliver("1");
  ASSERT_THAT(resolver.questions, SizeIs(1)); // it stays unanswered
  change("[[static_route]]\ndomain = 'partner.example'\naddress = 'new.test'\n"
         + test::own_domains);
  ASSERT_THAT(resolver.questions, SizeIs(2));
  EXPECT_EQ(resolver.questions[1].given->front().host, "new.test");
  EXPECT_EQ(queued(), 1);
}

TEST_F(DomainRules, end_the_sockets_of_an_attempt_that_is_given_up) {
  const std::string elsewhere = "[[static_route]]\ndomain = 'partner.example'\naddress = "
                                "'new.test'\n"
                                + test::own_domains;
  for (const auto& rules : {denial + test::own_domains, elsewhere}) {
    begin();
    const test::mute_listener server;
    auto to = std::make_shared<resolution>();
    to->targets = {{"partner.test", 5269, 0, 0, {server.address()}}};
    resolver.answer = to;
    const auto actors = system().registry().running();
    deliver("1");
    ASSERT_EQ(system().registry().running(), actors + 1) << "there is no connector";
    resolver.answer = nullptr;
    change(rules);
    EXPECT_EQ(system().registry().running(), actors);
    // The domain actor still works.
    change(test::own_domains);
    deliver("2");
    EXPECT_GE(queued(), 1);
  }
}

/// A connection gives back newer stanzas first, and stanzas that may be kept for resumption last.
TEST_F(DomainRules, put_stanzas_that_may_not_be_resumed_before_newer_ones) {
  const test::folder state;
  conf::config own;
  own.hub.state_dir = state.path();
  tls = tls_store::load(own, {}).value();
  begin();
  const auto server = listen_tcp(test::loopback());
  auto to = std::make_shared<resolution>();
  to->targets = {{"partner.test", 5269, 0, 0, {local_address(server.get())}}};
  resolver.answer = to;
  deliver("1", "a@other.example");
  test::wait_for(server.get(), POLLIN);
  look_at_network();
  const auto all = hub_->connections.all(connection_registry::kind::any);
  ASSERT_THAT(all, SizeIs(1));
  const connection_actor& link = all.front();

  const auto give = [&](auto&&... xs) { caf::anon_send(domain, xs...); };
  give(linkdown_atom_v, link, std::make_shared<const link_end>());
  use("[[node]]\nname = 'own'\ndomains = ['other.example']\nsecret = 's'\n");
  give(table_atom_v, hub_->table());
  give(returned_atom_v, link, messages({"3"}, "b@partner.example", "a@other.example"));
  give(
    keep_atom_v, link,
    std::make_shared<const kept_stream>(kept_stream{
      {}, test::domain("corp.example"), messages({"2"}, "b@partner.example", "a@other.example")}));
  give(drained_atom_v, link);
  run(); // the attempt has failed
  ASSERT_THAT(router.answers, SizeIs(3));
  for (size_t i = 0; i < 3; ++i)
    EXPECT_THAT(router.answers[i], HasSubstr("id='" + std::string{"231"}.substr(i, 1) + "'"));
}

TEST_F(DomainRules, leave_an_attempt_alone_that_leads_where_it_did) {
  begin();
  deliver("1");
  change("[limits]\nconnections = 7\n" + test::own_domains);
  EXPECT_THAT(resolver.questions, SizeIs(1));
  EXPECT_EQ(queued(), 1);
  EXPECT_THAT(asker.answers, IsEmpty());
}

} // namespace
} // namespace fedhub
