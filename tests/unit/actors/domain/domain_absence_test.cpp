// Stanzas wait for an absent s2s node for `timeouts.node`, here 5 s, from the first failed attempt.
#include "tests/unit/actors/hub/hub_scene.hpp"

#include "actors/domain/spawn_domain.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class DomainAbsence : public test::hub_test {
protected:
  DomainAbsence() { begin("node.example"); }

  static std::string text(std::string_view domains, std::string_view times) {
    return std::string{times} + "\n[[node]]\nname = 'n'\ndomains = " + std::string{domains}
           + "\nprotocol = 's2s'\naddress = '10.0.0.5:5270'\ntrusted_from = ['10.0.0.5']\n"
           + test::own_domains;
  }
  void begin(std::string_view name, std::string_view times = "",
             std::string_view domains = "['node.example', '*.below.example']") {
    start(text(domains, times));
    resolver.answer = unreachable();
    resolver.questions.clear();
    target = "b@" + std::string{name};
    domain = keep(spawn_domain(system(), hub_, test::domain(name), hub_->table()));
    run();
  }
  /// Reloads with another configuration.
  void change(const std::string& text) {
    auto loaded = conf::load_text(text, "f");
    ASSERT_TRUE(loaded.value);
    config = *loaded.value;
    auto next = *hub_->current();
    next.config = config;
    hub_->replace(std::make_shared<const settings>(next));
    hub_->replace(table());
    post(domain, table_atom_v, hub_->table());
  }

  void deliver(std::initializer_list<std::string_view> ids,
               std::string_view from = "a@corp.example") {
    post(domain, deliver_atom_v, messages(ids, target, from));
  }
  /// Returns an address that the kernel refuses to connect to, without sending a packet.
  static resolution_ptr unreachable() {
    auto result = std::make_shared<resolution>();
    result->targets = {{"10.0.0.5", 5270, 0, 0, {*socket_address::parse("224.0.0.1", 5270)}}};
    return result;
  }
  static resolution_ptr no_such_host() {
    auto result = std::make_shared<resolution>();
    result->why = failure::dns_not_found;
    result->detail = "NXDOMAIN for im.inside.example";
    return result;
  }
  double unavailable() { return bounced(failure::node_unavailable); }
  size_t attempts_within(duration time) {
    const auto before = resolver.questions.size();
    elapse(time, 50ms);
    return resolver.questions.size() - before;
  }

  std::string target;
  domain_actor domain;
};

TEST_F(DomainAbsence, does_not_begin_before_an_attempt_has_failed) {
  resolver.answer = nullptr; // the first attempt stays pending
  deliver({"1"});
  elapse(20s, 50ms);
  EXPECT_EQ(queued(), 1);
}

TEST_F(DomainAbsence, answers_all_waiting_stanzas_together_and_later_ones_at_once) {
  for (const auto& answer : {unreachable(), no_such_host()}) {
    begin("node.example");
    resolver.answer = answer;
    router.answers.clear();
    const auto before = unavailable();
    deliver({"1"});
    elapse(3s);
    deliver({"2"}, "a@other.example");
    elapse(1'980ms);
    EXPECT_THAT(router.answers, IsEmpty());
    EXPECT_EQ(queued(), 2);
    elapse(100ms);
    EXPECT_THAT(router.answers, SizeIs(2));
    EXPECT_EQ(queued(), 0);
    deliver({"3"});
    EXPECT_EQ(unavailable(), before + 3);
    EXPECT_THAT(router.answers, Each(AllOf(HasSubstr("service-unavailable"),
                                           Not(HasSubstr("224.0.0.1")), Not(HasSubstr("10.0.0.5")),
                                           Not(HasSubstr("NXDOMAIN")), Not(HasSubstr("inside")))));
  }
}

TEST_F(DomainAbsence, does_not_apply_to_remote_domains) {
  start(test::own_domains);
  resolver.answer = unreachable();
  domain = keep(spawn_domain(system(), hub_, test::domain("partner.example"), hub_->table()));
  post(domain, deliver_atom_v, messages({"1"}, "b@partner.example", "a@corp.example"));
  EXPECT_EQ(bounced(failure::connect_unreachable), 1);
}

TEST_F(DomainAbsence, tries_often_while_stanzas_wait_and_then_every_5_s) {
  deliver({"1"});
  EXPECT_GE(attempts_within(5s), 4u);
  EXPECT_LE(resolver.questions.size(), 7u);
  attempts_within(60s);
  const auto later = attempts_within(300s);
  EXPECT_GE(later, 46u) << "a node that is back is found within 6 s";
  EXPECT_LE(later, 81u);
}

TEST_F(DomainAbsence, tries_no_more_than_once_a_second_however_long_stanzas_wait) {
  begin("node.example", "[timeouts]\nnode = 600\n");
  deliver({"1"});
  EXPECT_LE(attempts_within(300s), 90u);
  EXPECT_EQ(queued(), 1) << "longer than timeouts.queue";
  attempts_within(301s);
  EXPECT_EQ(unavailable(), 1);
}

TEST_F(DomainAbsence, goes_on_with_attempts_while_nobody_sends_anything) {
  deliver({"1"});
  elapse(600s, 100ms);
  EXPECT_GE(attempts_within(300s), 46u);
  EXPECT_THAT(directory.retiring, IsEmpty());
  deliver({"2"});
  EXPECT_EQ(unavailable(), 2) << "at once, however long nobody asked";
}

TEST_F(DomainAbsence, gives_names_up_that_only_a_pattern_covers) {
  begin("made-up.below.example");
  deliver({"1"});
  elapse(5'100ms);
  EXPECT_EQ(unavailable(), 1);
  elapse(60s, 50ms);
  EXPECT_EQ(attempts_within(300s), 0u);
  EXPECT_THAT(directory.retiring, testing::Contains("made-up.below.example"));
}

TEST_F(DomainAbsence, ends_its_attempts_when_the_hub_stops) {
  for (const bool drains : {true, false}) {
    begin("node.example");
    deliver({"1"});
    elapse(6s);
    if (drains)
      post(domain, drain_atom_v);
    else
      post(domain, close_atom_v);
    EXPECT_EQ(attempts_within(120s), 0u);
  }
}

TEST_F(DomainAbsence, ends_its_attempts_for_a_sender_that_may_send_no_more) {
  deliver({"1"}, "a@partner.example");
  elapse(6s);
  change(text("['node.example']",
              "[federation]\nprivacy_mode = 'deny-list'\ndeny = ['partner.example']\n"));
  EXPECT_EQ(attempts_within(120s), 0u);
}

TEST_F(DomainAbsence, begins_anew_when_the_node_is_to_be_reached_elsewhere) {
  deliver({"1"});
  elapse(6s);
  EXPECT_EQ(unavailable(), 1);
  auto moved = text("['node.example']", "");
  moved.replace(moved.find("10.0.0.5:5270"), 13, "10.0.0.6:5270");
  change(moved);
  deliver({"2"});
  EXPECT_EQ(queued(), 1);
  elapse(4'900ms);
  EXPECT_EQ(queued(), 1);
  elapse(200ms);
  EXPECT_EQ(unavailable(), 2);
}

TEST_F(DomainAbsence, goes_by_the_time_of_the_rules_in_force) {
  deliver({"1"});
  elapse(1s);
  change(text("['node.example']", "[timeouts]\nnode = 60\n"));
  elapse(58'900ms, 50ms);
  EXPECT_EQ(queued(), 1);
  elapse(200ms);
  EXPECT_EQ(unavailable(), 1);
  begin("node.example", "[timeouts]\nnode = 60\n");
  deliver({"1"});
  elapse(10s, 50ms);
  change(text("['node.example']", "[timeouts]\nnode = 5\n"));
  elapse(50ms);
  EXPECT_EQ(unavailable(), 2);
}

TEST_F(DomainAbsence, drops_the_hubs_own_answers_to_it) {
  deliver({"1"});
  elapse(6s);
  const auto before = metrics.replies.at(reply_result::dropped).Value();
  auto batch = messages({"2"}, target);
  batch->stanzas.front().generated = true;
  post(domain, deliver_atom_v, batch);
  EXPECT_EQ(metrics.replies.at(reply_result::dropped).Value(), before + 1);
}

} // namespace
} // namespace fedhub
