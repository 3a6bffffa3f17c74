#include "actors/admin/spawn_admin.hpp"

#include <caf/scoped_actor.hpp>

#include <gmock/gmock.h>

#include "tests/unit/actors/connection/peer_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using test::peer_header;

/// A hub with an admin actor, and one connection to it.
class Admin : public test::peer_test {
protected:
  Admin() {
    begin("bidi = false\n");
    watch();
  }

  void watch() {
    admin = keep(spawn_admin(system(), hub_, {.since = {}, .listeners = {{"s2s", "[::]:5269"}}}));
    hub_->admin = admin;
  }
  ~Admin() override { hub_->admin = nullptr; }

  template <class Atom, class Value>
  admin_answer send_and_wait(Atom atom, Value value) {
    caf::scoped_actor self{system()};
    auto pending =
      self->request(admin, caf::infinite, atom, std::make_shared<const Value>(std::move(value)));
    run();
    elapse(answer_time, 100ms);
    admin_answer result;
    pending.receive([&](const admin_answer_ptr& answer) { result = *answer; },
                    [](const caf::error&) { ADD_FAILURE() << "no answer"; });
    return result;
  }
  template <class Answer, class Question>
  Answer ask(Question question) {
    auto answer = send_and_wait(ask_atom_v, admin_question{std::move(question)});
    if (auto* problem = std::get_if<admin::problem_document>(&answer))
      ADD_FAILURE() << problem->detail;
    return std::get<Answer>(std::move(answer));
  }
  template <class Question>
  unsigned status_of(Question question) {
    const auto answer = send_and_wait(ask_atom_v, admin_question{std::move(question)});
    return std::get<admin::problem_document>(answer).status;
  }
  admin_answer order(admin_order what) { return send_and_wait(order_atom_v, std::move(what)); }

  std::vector<admin::stream_row> streams() {
    return ask<admin::page<admin::stream_row>>(streams_question{}).items;
  }

  admin_actor admin;
};

TEST_F(Admin, shows_a_stream_from_its_first_octet_to_its_end) {
  EXPECT_TRUE(streams().empty());
  connect(stream_leg::s2s_in);
  auto rows = streams();
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].leg, "s2s-in");
  EXPECT_EQ(rows[0].state, "negotiating");
  ASSERT_TRUE(rows[0].more);
  send(peer_header);
  rows = streams();
  EXPECT_EQ(rows[0].peer, "partner.example");
  EXPECT_GT(rows[0].more->traffic.bytes_in, peer_header.size() - 1);
  EXPECT_GT(rows[0].more->traffic.bytes_out, 0);
  EXPECT_EQ(ask<admin::stream_row>(stream_question{rows[0].id}).id, rows[0].id);
  peer.reset();
  look_at_network();
  elapse(10s, 1s);
  EXPECT_TRUE(streams().empty());
  EXPECT_EQ(status_of(stream_question{rows[0].id}), 404);
}

TEST_F(Admin, closes_a_stream_in_order) {
  connect(stream_leg::s2s_in);
  send(peer_header);
  read();
  const auto id = streams().at(0).id;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(
    order({.what = admin_order::action::close_stream, .domain = {}, .stream = id})));
  EXPECT_THAT(read(), testing::HasSubstr("</stream:stream>"));
  EXPECT_EQ(std::get<admin::problem_document>(
              order({.what = admin_order::action::close_stream, .domain = {}, .stream = id + 1}))
              .status,
            404);
}

TEST_F(Admin, knows_no_domain_that_a_peer_only_claims_to_be) {
  connect(stream_leg::s2s_in);
  send(peer_header);
  EXPECT_EQ(ask<admin::page<admin::domain_row>>(domains_question{}).total, 0);
  EXPECT_EQ(status_of(domain_question{test::domain("partner.example")}), 404);
}

TEST_F(Admin, has_the_domains_actor_say_what_is_queued_now) {
  auto news = std::make_shared<domain_news>();
  news->domain = test::domain("partner.example");
  news->now = domain_news::phase::connecting;
  news->queued_stanzas = 1;
  post(admin, domain_atom_v, domain_news_ptr{news});
  const auto shown = [&] {
    auto listed =
      ask<admin::page<admin::domain_row>>(domains_question{}).items.at(0).queued_stanzas;
    EXPECT_EQ(ask<admin::domain_details>(domain_question{news->domain}).row.queued_stanzas, listed);
    return listed;
  };
  EXPECT_EQ(shown(), 1); // its actor does not answer
  directory.described = *news;
  directory.described.queued_stanzas = 70;
  EXPECT_EQ(shown(), 70);
}

TEST_F(Admin, passes_a_retry_on_for_a_domain_that_it_knows) {
  const auto retry = [&](std::string_view name) {
    return order({.what = admin_order::action::retry_domain, .domain = test::domain(name)});
  };
  EXPECT_EQ(std::get<admin::problem_document>(retry("partner.example")).status, 404);
  auto news = std::make_shared<domain_news>();
  news->domain = test::domain("partner.example");
  post(admin, domain_atom_v, domain_news_ptr{news});
  EXPECT_TRUE(std::holds_alternative<std::monostate>(retry("partner.example")));
  EXPECT_THAT(directory.retried, testing::ElementsAre("partner.example"));
}

TEST_F(Admin, answers_without_the_details_of_streams_that_do_not_answer) {
  connect(stream_leg::s2s_in);
  const auto id = streams().at(0).id;
  // CAF 0.17 takes a function without arguments by a null pointer, which UBSan reports.
  const auto never_answers = [](caf::event_based_actor*, int) -> caf::behavior {
    return {[](describe_atom) { return caf::skip(); }};
  };
  const auto mute = spawn(never_answers, 0);
  hub_->connections.add(id, caf::actor_cast<connection_actor>(mute), false);
  const auto rows = streams();
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].id, id);
  EXPECT_FALSE(rows[0].more);
}

TEST_F(Admin, shows_the_status) {
  connect(stream_leg::s2s_in);
  const auto status = ask<admin::hub_status>(status_question{});
  EXPECT_EQ(status.name, config.hub.name);
  EXPECT_TRUE(status.ready);
  EXPECT_TRUE(status.federates);
  EXPECT_EQ(status.listeners.at(0).address, "[::]:5269");
  EXPECT_EQ(status.streams.at({"s2s-in", "negotiating"}), 1);
  ASSERT_EQ(status.nodes.size(), 1);
  EXPECT_EQ(status.nodes[0].name, "n");
  ASSERT_EQ(status.certificates.size(), 1);
  EXPECT_GT(status.certificates[0].days_left, 0);
  hub_->draining = true;
  EXPECT_FALSE(ask<admin::hub_status>(status_question{}).ready);
}

} // namespace
} // namespace fedhub
