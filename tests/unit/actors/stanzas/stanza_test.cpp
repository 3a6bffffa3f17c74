#include "actors/stanzas/stanza.hpp"

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using test::message;
using test::source_stream;

TEST(StanzaSource, has_one_entry_for_each_spelling_of_a_domain) {
  source_stream stream;
  auto& source = *stream.source();
  auto* plain = source.intern("partner.example");
  ASSERT_NE(plain, nullptr);
  EXPECT_TRUE(plain->normal);
  EXPECT_EQ(source.intern("partner.example"), plain);
  auto* loud = source.intern("Partner.EXAMPLE.");
  ASSERT_NE(loud, nullptr);
  EXPECT_NE(loud, plain);
  EXPECT_EQ(loud->name, plain->name);
  EXPECT_FALSE(loud->normal);
}

TEST(StanzaSource, knows_no_entry_for_what_is_no_domain) {
  source_stream stream;
  for (const std::string& bad :
       {std::string{}, std::string{"a b"}, std::string{"a..b"}, std::string(300, 'x')})
    EXPECT_EQ(stream.source()->intern(bad), nullptr) << bad;
}

TEST(StanzaSource, finds_each_of_its_domains_again_however_alike_they_are) {
  source_stream stream;
  auto& source = *stream.source();
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i)
    for (const char* form :
         {"r%.load.example", "conference.r%.example", "%.x", "load.example.r%"}) {
      std::string name{form};
      names.push_back(name.replace(name.find('%'), 1, std::to_string(i)));
    }
  for (const size_t count : {1u, 3u, 7u, 16u, 60u, 800u}) {
    std::vector<const seen_domain*> seen;
    for (int round = 0; round < 3; ++round)
      for (size_t i = 0; i < count; ++i) {
        auto* intern = source.intern(names[i]);
        ASSERT_NE(intern, nullptr) << names[i];
        EXPECT_EQ(intern->name.str(), names[i]);
        if (round == 0)
          seen.push_back(intern);
        EXPECT_EQ(intern, seen[i]);
      }
  }
  EXPECT_EQ(source.intern(""), nullptr);
}

TEST(StanzaSource, keeps_its_entries_in_place_and_says_when_it_is_full) {
  source_stream stream;
  auto& source = *stream.source();
  auto* first = source.intern("d0.example");
  int n = 1;
  for (; !source.full() && n < 100'000; ++n)
    ASSERT_NE(source.intern("d" + std::to_string(n) + ".example"), nullptr);
  EXPECT_EQ(n, 4096);
  EXPECT_EQ(source.intern("d0.example"), first);
  EXPECT_EQ(first->name.str(), "d0.example");
}

class StanzaCredit : public testing::Test {
protected:
  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(1000, [] {});
  source_stream stream{stanza_direction::from_world, credit};
};

TEST_F(StanzaCredit, is_charged_while_a_stanza_is_under_way) {
  auto pieces = stream.cut(message("1"));
  EXPECT_EQ(credit->in_flight(), pieces.size);
  pieces = {};
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(StanzaCredit, is_given_back_by_a_stanza_that_fills_its_buffer) {
  auto pieces = stream.cut(message("1"));
  auto buffer = caf::make_counted<chunk>(pieces.size, stream.source());
  std::memcpy(buffer->data(), pieces.data, pieces.size);
  buffer->charge(pieces.size);
  buffer->commit();
  pieces.data = buffer->data();
  pieces.buffer = std::move(buffer);
  ASSERT_EQ(credit->in_flight(), pieces.size);
  detach(pieces);
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(StanzaCredit, is_given_back_when_a_stanza_is_copied_out_of_its_buffer) {
  auto text = message("1");
  auto pieces = stream.cut(text);
  EXPECT_FALSE(detached(pieces));
  detach(pieces);
  EXPECT_TRUE(detached(pieces));
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(pieces.text(), text);
  EXPECT_EQ(pieces.to->name.str(), "corp.example"); // the source still exists
  auto* data = pieces.data;
  detach(pieces);
  EXPECT_EQ(pieces.data, data); // not copied again
}

TEST_F(StanzaCredit, is_held_by_all_stanzas_of_a_buffer_together) {
  auto pieces = stream.cut(message("1"));
  stanza same;
  same.buffer = pieces.buffer;
  same.data = pieces.data;
  same.size = pieces.size;
  detach(pieces);
  EXPECT_GT(credit->in_flight(), 0);
  detach(same);
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST(StanzaCreditUnderThreads,
     is_given_back_by_the_thread_that_releases_the_last_stanza_of_a_buffer) {
  constexpr int buffers = 3000;
  auto credit = std::make_shared<flow_credit>(1 << 30, [] {});
  auto source =
    caf::make_counted<stanza_source>(source_context{}, stanza_direction::from_world, credit);
  std::vector<std::vector<chunk_ptr>> slices(3);
  std::mutex mutex;
  std::atomic<bool> done{false};
  std::vector<std::thread> destinations;
  for (auto& mine : slices)
    destinations.emplace_back([&] {
      for (bool last = false; !last;) {
        last = done;
        std::vector<chunk_ptr> taken;
        {
          std::lock_guard guard{mutex};
          taken.swap(mine);
        }
        for (auto& x : taken)
          EXPECT_EQ(x->data()[0], 'x');
        std::this_thread::yield();
      }
    });
  for (int i = 0; i < buffers; ++i) {
    auto buffer = caf::make_counted<chunk>(64, source);
    buffer->data()[0] = 'x';
    for (auto& theirs : slices) {
      buffer->charge(10);
      buffer->commit();
      std::lock_guard guard{mutex};
      theirs.push_back(buffer);
    }
  }
  done = true;
  for (auto& x : destinations)
    x.join();
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(StanzaCredit, is_given_back_when_references_to_the_last_stanzas_of_a_buffer_are_let_go) {
  auto source =
    caf::make_counted<stanza_source>(source_context{}, stanza_direction::from_world, credit);
  auto one = caf::make_counted<chunk>(64, source);
  auto other = caf::make_counted<chunk>(64, source);
  for (auto& entry : {one, other}) {
    entry->charge(10);
    entry->commit();
  }
  chunk_references gone;
  gone.add(one, 0);
  gone.add(one, 0);
  EXPECT_FALSE(one->unique());
  gone.add(std::move(other), 0); // releases the references to the former chunk
  EXPECT_TRUE(one->unique());
  gone.add(std::move(one), 0);
  EXPECT_EQ(credit->in_flight(), 10);
  gone.release();
  EXPECT_EQ(credit->in_flight(), 0);
  gone.release();
}

TEST_F(StanzaCredit, is_given_back_for_released_stanzas_while_others_keep_the_buffer) {
  auto source =
    caf::make_counted<stanza_source>(source_context{}, stanza_direction::from_world, credit);
  auto buffer = caf::make_counted<chunk>(64, source);
  buffer->charge(30);
  buffer->commit();
  chunk_references gone;
  gone.add(buffer, 10);
  gone.add(buffer, 5);
  EXPECT_EQ(credit->in_flight(), 30);
  gone.release();
  EXPECT_EQ(credit->in_flight(), 15);
  buffer->discharge(10); // a stanza that is kept, but no longer holds back its source
  EXPECT_EQ(credit->in_flight(), 5);
  gone.add(buffer, 0);
  gone.release();
  EXPECT_EQ(credit->in_flight(), 5);
  buffer->discharge(100); // never more than was charged
  EXPECT_EQ(credit->in_flight(), 0);
  buffer.reset();
  EXPECT_EQ(credit->in_flight(), 0);
}

class StanzaBatch : public test::account_test {};

TEST_F(StanzaBatch, counts_what_is_left_in_it_as_dropped) {
  source_stream stream;
  auto batch = std::make_shared<stanza_batch>(account);
  for (auto id : {"1", "2", "3"})
    batch->stanzas.push_back(stream.cut(message(id)));
  auto taken = std::move(batch->stanzas[1]);
  batch.reset();
  EXPECT_EQ(dropped(failure::shutting_down), 2);
  stanza_tally{account}.delivered(taken);
  EXPECT_EQ(delivered(), 1);
}

class Accounting : public test::account_test {};

TEST_F(Accounting, releases_the_buffers_of_delivered_stanzas_when_it_is_published) {
  auto credit = std::make_shared<flow_credit>(plenty, [] {});
  source_stream stream{world, credit};
  stanza_tally tally{account};
  for (auto id : {"1", "2"}) {
    auto pieces = stream.cut(message(id));
    tally.delivered(pieces);
    EXPECT_TRUE(pieces.settled());
  }
  tally.publish();
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(delivered(), 2);
}

TEST_F(Accounting, takes_the_buffer_of_a_stanza_that_has_ended) {
  source_stream stream;
  for (int way : {0, 1, 2}) {
    auto pieces = stream.cut(message("1"));
    ASSERT_FALSE(pieces.settled());
    if (way == 0)
      stanza_tally{account}.delivered(pieces);
    else if (way == 1)
      account.bounced(pieces, failure::dns_not_found);
    else
      account.dropped(pieces, failure::queue_full);
    EXPECT_TRUE(pieces.settled());
  }
  EXPECT_EQ(delivered(), 1);
  EXPECT_EQ(bounced(failure::dns_not_found), 1);
  EXPECT_EQ(dropped(failure::queue_full), 1);
}

TEST_F(Accounting, counts_the_hubs_own_answers_apart) {
  source_stream stream;
  auto sent = stream.cut(message("1"));
  auto lost = stream.cut(message("2"));
  sent.generated = lost.generated = true;
  account.queued(sent);
  EXPECT_EQ(queued(), 0);
  EXPECT_EQ(queued_octets(), waiting_octets(sent.size)); // they take memory like others
  account.unqueued(sent);
  stanza_tally{account}.delivered(sent);
  account.dropped(lost, failure::queue_full);
  EXPECT_EQ(queued_octets(), 0);
  EXPECT_EQ(delivered(), 0);
  EXPECT_EQ(dropped(failure::queue_full), 0);
  EXPECT_EQ(metrics.replies.at(reply_result::sent).Value(), 1);
  EXPECT_EQ(metrics.replies.at(reply_result::dropped).Value(), 1);
}

TEST_F(Accounting, reserves_up_to_its_limit_and_takes_nothing_past_it) {
  account.memory_limit(100);
  EXPECT_EQ(metrics.queue_limit_octets.Value(), 100);
  EXPECT_TRUE(account.reserve(60));
  EXPECT_FALSE(account.reserve(41));
  EXPECT_TRUE(account.reserve(40)); // the refusal took nothing
  account.release(60);
  EXPECT_TRUE(account.reserve(60));
  account.memory_limit(50); // a reload
  account.release(60);
  EXPECT_FALSE(account.reserve(11));
  EXPECT_TRUE(account.reserve(10));
}

TEST_F(Accounting, lets_the_memory_in_use_never_pass_the_limit_under_threads) {
  constexpr int64_t limit = 1000;
  account.memory_limit(limit);
  std::atomic<int64_t> held{0};
  std::atomic<bool> passed{false};
  std::vector<std::thread> actors;
  for (int i = 0; i < 4; ++i)
    actors.emplace_back([&] {
      for (int n = 0; n < 20'000; ++n)
        if (account.reserve(300)) {
          if (held.fetch_add(300) + 300 > limit)
            passed = true;
          held.fetch_sub(300);
          account.release(300);
        }
    });
  for (auto& x : actors)
    x.join();
  EXPECT_FALSE(passed);
  EXPECT_TRUE(account.reserve(limit));
}

} // namespace
} // namespace fedhub
