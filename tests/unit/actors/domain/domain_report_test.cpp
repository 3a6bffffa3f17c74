// What a domain actor reports of itself.
#include <gmock/gmock.h>

#include "tests/unit/actors/domain/domain_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::domain_scene;
using phase = domain_news::phase;

/// Keeps what it is sent.
admin_actor::behavior_type fake_admin(admin_actor::pointer, std::vector<domain_news>* news) {
  return {[](stream_atom, const stream_news&) {},
          [=](domain_atom, const domain_news_ptr& x) { news->push_back(*x); },
          [](ask_atom, const admin_question_ptr&) { return admin_answer_ptr{}; },
          [](order_atom, const admin_order_ptr&) { return admin_answer_ptr{}; }, [](tick_atom) {}};
}

class DomainReport : public domain_scene {
protected:
  DomainReport() { watch(); }
  ~DomainReport() override { hub_->admin = nullptr; }

  void watch() { hub_->admin = spawn(fake_admin, &news); }
  std::vector<phase> phases() const {
    std::vector<phase> all;
    for (const auto& report : news)
      if (all.empty() || all.back() != report.now)
        all.push_back(report.now);
    return all;
  }

  std::vector<domain_news> news;
};

TEST_F(DomainReport, names_the_failure_of_an_attempt_and_the_next_one) {
  resolver.answer = failed(failure::dns_timeout, "no answer from 192.0.2.53");
  deliver({"1"});
  ASSERT_FALSE(news.empty());
  EXPECT_EQ(news.front().now, phase::connecting);
  EXPECT_EQ(news.front().queued_stanzas, 1);
  EXPECT_EQ(news.back().why, failure::dns_timeout);
  EXPECT_EQ(news.back().detail, "no answer from 192.0.2.53");
  EXPECT_EQ(news.back().failures, 1);
  EXPECT_EQ(news.back().queued_stanzas, 0); // they were answered
}

TEST_F(DomainReport, says_when_the_actor_ends_and_why_the_last_attempt_failed) {
  resolver.answer = failed(failure::dns_not_found);
  deliver({"1"});
  hub_->admin = nullptr; // the state's last report goes to the admin of its end
  watch();
  caf::anon_send_exit(domain, caf::exit_reason::user_shutdown);
  run();
  ASSERT_FALSE(news.empty());
  EXPECT_EQ(news.back().now, phase::gone);
  EXPECT_EQ(news.back().why, failure::dns_not_found);
}

TEST_F(DomainReport, says_whether_only_strangers_have_named_the_domain) {
  resolver.answer = failed(failure::dns_not_found);
  for (const bool node : {false, true}) {
    begin("");
    watch();
    ask_for(dns_party::stranger);
    if (node)
      deliver({"1"});
    caf::anon_send_exit(domain, caf::exit_reason::user_shutdown);
    run();
    ASSERT_FALSE(news.empty());
    EXPECT_EQ(news.back().now, phase::gone);
    EXPECT_EQ(news.back().strangers_only, !node);
    hub_->admin = nullptr;
  }
}

TEST_F(DomainReport, dials_again_at_once_when_an_operator_wants_it) {
  resolver.answer = failed(failure::dns_timeout);
  deliver({"1"});
  const auto asked = resolver.questions.size();
  deliver({"2"});
  elapse(100ms);
  EXPECT_EQ(resolver.questions.size(), asked); // the back-off
  post(domain, retry_atom_v);
  deliver({"3"});
  EXPECT_GT(resolver.questions.size(), asked);
}

} // namespace
} // namespace fedhub
