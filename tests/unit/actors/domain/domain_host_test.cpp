// Questions about keys that a domain asks over another domain's stream to the same server, and
// questions that it asks for other domains (guests).
#include "actors/interfaces/shared_hosts.hpp"

#include "actors/domain/spawn_domain.hpp"
#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/stream_action.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto tick = 100ms;

/// The domain partner.example. Its server listens, but nobody reports events to the connector. So
/// an attempt to connect lasts for `timeouts.connect`.
class DomainHost : public test::hub_test {
protected:
  DomainHost() { begin(""); }

  void begin(const std::string& text) {
    start("[timeouts]\ndialback = 8\nconnect = 2\n" + text + test::own_domains);
    auto result = std::make_shared<resolution>();
    result->targets = {{"chat.partner.example", address_.port(), 0, 0, {address_}}};
    resolver.answer = result;
    domain = keep(spawn_domain(system(), hub_, test::domain("partner.example"), hub_->table()));
    run();
  }

  static verification_ptr about(std::string_view sender) {
    verify_key key{{test::domain(sender), test::domain("corp.example")}, "id-1", "key"};
    return std::make_shared<const verification>(verification{key, {}, {}, {}});
  }
  static verification_ptr answer(const verification_ptr& question, dialback_outcome outcome) {
    auto result = *question;
    result.outcome = outcome;
    if (outcome == dialback_outcome::error)
      result.why = failure::stream_closed;
    return std::make_shared<const verification>(std::move(result));
  }
  void ask() { post(domain, verify_atom_v, own, spawn(test::fake_verifier, &asker)); }
  void ask_as_guest(const std::string& host) {
    post(domain, guest_atom_v, host, about("guest.example"), spawn(test::fake_verifier, &guest));
  }
  /// Returns the number of connections begun so far.
  int dialled() {
    while (unique_fd x{::accept(listener_.get(), nullptr, nullptr)})
      ++dialled_;
    return dialled_;
  }

private:
  unique_fd listener_ = listen_tcp(*socket_address::parse("127.0.0.1", 0));
  socket_address address_ = local_address(listener_.get());
  int dialled_ = 0;

protected:
  const std::string host_ = host_key(address_, false, stream_security::tls_required);
  const verification_ptr own = about("partner.example");
  test::verifier_log asker, guest;
  domain_actor domain;
};

TEST_F(DomainHost, lends_its_question_to_the_domain_that_has_a_stream) {
  directory.use = host_use::lent;
  ask();
  EXPECT_THAT(directory.shared, ElementsAre(host_));
  EXPECT_THAT(directory.lent, ElementsAre(own));
  post(domain, verified_atom_v, answer(own, dialback_outcome::invalid));
  ASSERT_THAT(asker.answers, SizeIs(1));
  EXPECT_EQ(asker.answers[0]->outcome, dialback_outcome::invalid);
  EXPECT_EQ(dialled(), 0);
  EXPECT_THAT(directory.retiring, SizeIs(1)) << "it was only needed for that";
}

TEST_F(DomainHost, lends_what_comes_while_another_question_is_lent) {
  directory.use = host_use::lent;
  ask();
  verify_key key{{test::domain("partner.example"), test::domain("corp.example")}, "id-2", "key"};
  auto second = std::make_shared<const verification>(verification{key, {}, {}, {}});
  post(domain, verify_atom_v, second, spawn(test::fake_verifier, &asker));
  EXPECT_THAT(directory.lent, ElementsAre(own, second));
  EXPECT_EQ(dialled(), 0);
  post(domain, verified_atom_v, answer(second, dialback_outcome::valid));
  EXPECT_THAT(asker.answers, SizeIs(1));
  post(domain, verified_atom_v, answer(own, dialback_outcome::valid));
  EXPECT_THAT(asker.answers, SizeIs(2));
}

TEST_F(DomainHost, stays_while_a_question_is_lent) {
  directory.use = host_use::lent;
  ask();
  post(domain, retire_atom_v);
  EXPECT_THAT(directory.retired, ElementsAre(false));
  EXPECT_THAT(directory.retiring, IsEmpty());
}

TEST_F(DomainHost, asks_on_its_own_stream_if_a_lent_question_fails) {
  directory.use = host_use::lent;
  ask();
  post(domain, verified_atom_v, answer(own, dialback_outcome::error));
  EXPECT_THAT(asker.answers, IsEmpty());
  EXPECT_EQ(dialled(), 1);
  EXPECT_THAT(directory.shared, SizeIs(1)) << "and does not lend it again";
  elapse(2s + tick);
  ASSERT_THAT(asker.answers, SizeIs(1));
  EXPECT_EQ(asker.answers[0]->why, failure::connect_timeout);
}

TEST_F(DomainHost, waits_for_another_stream_a_quarter_of_the_time_only) {
  directory.use = host_use::lent;
  ask();
  elapse(2s - 10ms);
  EXPECT_EQ(dialled(), 0);
  elapse(10ms + tick);
  EXPECT_EQ(dialled(), 1);
  post(domain, verified_atom_v,
       answer(own, dialback_outcome::error)); // a late answer on the other stream
  EXPECT_THAT(asker.answers, IsEmpty());
  post(domain, verified_atom_v,
       answer(own, dialback_outcome::valid)); // a late answer that is still good
  EXPECT_THAT(asker.answers, SizeIs(1));
}

TEST_F(DomainHost, dials_for_stanzas_that_come_while_a_question_is_lent) {
  directory.use = host_use::lent;
  ask();
  post(domain, deliver_atom_v, messages({"1"}, "b@partner.example", "a@corp.example"));
  EXPECT_EQ(dialled(), 1);
  EXPECT_THAT(directory.shared, SizeIs(1));
}

TEST_F(DomainHost, shares_no_stream_where_more_than_dialback_matters) {
  struct {
    std::string_view what, text;
    bool stanzas;
  } table[] = {
    {"a stanza waits", "", true},
    {"the certificate has to prove the domain", "[[trust]]\ndomain = '*'\nmethods = ['pkix']\n",
     false},
    {"the configuration says where the server is",
     "[[static_route]]\ndomain = 'partner.example'\naddress = '127.0.0.1'\n", false},
    {"it is a domain of our own",
     "[[node]]\nname = 'n'\ndomains = ['partner.example']\nprotocol = 's2s'\n"
     "address = '127.0.0.1:5270'\ntrusted_from = ['127.0.0.1']\n",
     false},
  };
  for (auto& row : table) {
    begin(std::string{row.text});
    auto before = dialled();
    if (row.stanzas)
      post(domain, deliver_atom_v, messages({"1"}, "b@partner.example", "a@corp.example"));
    ask();
    EXPECT_THAT(directory.shared, IsEmpty()) << row.what;
    EXPECT_EQ(dialled(), before + 1) << row.what;
  }
}

TEST_F(DomainHost, takes_guests_while_it_dials_and_answers_them_if_that_fails) {
  ask();
  EXPECT_EQ(dialled(), 1);
  ask_as_guest(host_);
  EXPECT_THAT(guest.answers, IsEmpty());
  elapse(2s + tick);
  ASSERT_THAT(guest.answers, SizeIs(1));
  EXPECT_EQ(guest.answers[0]->outcome, dialback_outcome::error);
  EXPECT_EQ(guest.answers[0]->question.pair.from, test::domain("guest.example"));
  EXPECT_THAT(directory.left, ElementsAre(host_));
  EXPECT_FALSE(directory.refused);
  EXPECT_EQ(dialled(), 1) << "it dials for no guest";
}

TEST_F(DomainHost, refuses_guests_of_a_server_that_it_has_no_stream_to) {
  ask_as_guest(host_);
  ASSERT_THAT(guest.answers, SizeIs(1));
  EXPECT_EQ(guest.answers[0]->why, failure::stream_closed);
  EXPECT_THAT(directory.left, ElementsAre(host_)) << "and tells the directory that it has none";
  ask();
  ask_as_guest("another server");
  EXPECT_THAT(guest.answers, SizeIs(2));
}

TEST_F(DomainHost, takes_no_guests_for_a_server_that_refused_them) {
  directory.use = host_use::alone;
  ask();
  EXPECT_EQ(dialled(), 1);
  ask_as_guest(host_);
  EXPECT_THAT(guest.answers, SizeIs(1));
}

TEST_F(DomainHost, takes_no_more_guests_than_it_may) {
  ask();
  for (int i = 0; i < 256; ++i)
    ask_as_guest(host_);
  EXPECT_THAT(guest.answers, IsEmpty());
  ask_as_guest(host_);
  EXPECT_THAT(guest.answers, SizeIs(1));
  EXPECT_THAT(directory.left, IsEmpty());
}

TEST_F(DomainHost, gives_guests_back_when_the_hub_stops) {
  ask();
  ask_as_guest(host_);
  post(domain, close_atom_v);
  ASSERT_THAT(guest.answers, SizeIs(1));
  ask_as_guest(host_);
  EXPECT_THAT(guest.answers, SizeIs(2));
}

} // namespace
} // namespace fedhub
