// The domain actor: the party for which it asks DNS.
#include "tests/unit/actors/domain/domain_scene.hpp"

#include <gmock/gmock.h>

#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

using DomainAsker = test::domain_scene;

constexpr dns_party strangers = dns_party::stranger;

TEST_F(DomainAsker, asks_for_the_waiting_party_that_goes_first) {
  struct {
    const char* what;
    std::vector<dns_party> questions;
    bool stanza, generated;
    dns_party party;
  } table[] = {
    {"a stanza", {}, true, false, dns_party::node},
    {"a stranger's key", {strangers}, false, false, strangers},
    {"two keys", {dns_party::remote, strangers}, false, false, dns_party::remote},
    {"a node's key", {dns_party::node}, false, false, dns_party::node},
    {"an answer of the hub's", {}, true, true, dns_party::remote},
  };
  for (auto& row : table) {
    begin("");
    resolver.questions.clear();
    for (auto party : row.questions)
      ask_for(party);
    if (row.stanza) {
      auto batch = messages({"1"}, partner, "a@corp.example");
      batch->stanzas.front().generated = row.generated;
      post(domain, deliver_atom_v, batch);
    }
    ASSERT_THAT(resolver.questions, SizeIs(1)) << row.what;
    EXPECT_EQ(resolver.questions[0].asker.party, row.party) << row.what;
  }
}

TEST_F(DomainAsker, asks_again_for_a_node_that_needs_a_pending_search_of_strangers) {
  ask_for(strangers);
  ask_for(strangers);
  ASSERT_THAT(resolver.questions, SizeIs(1));
  EXPECT_EQ(resolver.questions[0].asker.from, stranger);
  deliver({"1"});
  ASSERT_THAT(resolver.questions, SizeIs(2));
  EXPECT_EQ(resolver.questions[1].asker.party, dns_party::node);
  deliver({"2"});
  EXPECT_THAT(resolver.questions, SizeIs(2));
}

TEST_F(DomainAsker, searches_for_a_node_at_once_though_strangers_found_no_room) {
  resolver.answer = failed(failure::memory_full, "too many");
  for (int i = 0; i < 20; ++i)
    ask_for(strangers);
  ASSERT_THAT(asker.answers, SizeIs(20));
  EXPECT_EQ(asker.answers[0]->outcome, dialback_outcome::error);
  EXPECT_EQ(asker.answers[0]->why, failure::memory_full);
  resolver.answer = nullptr;
  resolver.questions.clear();
  deliver({"1"});
  EXPECT_THAT(resolver.questions, SizeIs(1)); // at once
  EXPECT_THAT(router.answers, IsEmpty());
}

} // namespace
} // namespace fedhub
