#include "actors/stanzas/outbox.hpp"

#include "actors/stanzas/condenser.hpp"
#include "tests/unit/actors/stanzas/outbox_scene.hpp"

namespace fedhub {
namespace {

using test::ids_of;
using test::message;
using test::message_of_size;
using test::source_stream;
using testing::ElementsAre;
using testing::IsEmpty;

using Outbox = test::outbox_test;

TEST_F(Outbox, writes_the_streams_own_octets_and_stanzas_in_order) {
  box->push("<header>");
  push(message("1"));
  box->push("<own/>");
  box->push("");
  push(message("2"));
  EXPECT_EQ(box->size(), 4u);
  EXPECT_EQ(queued(), 2);
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_TRUE(box->empty());
  auto expected = "<header>" + message("1") + "<own/>" + message("2");
  EXPECT_EQ(read(), expected);
  EXPECT_EQ(written, expected.size());
  EXPECT_EQ(delivered(), 2);
  EXPECT_EQ(queued(), 0);
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(Outbox, goes_on_where_the_socket_stopped_it_and_counts_each_stanza_once) {
  std::string expected;
  constexpr int stanzas = 400; // more than one system call writes
  for (int i = 0; i < stanzas; ++i) {
    auto xml = message_of_size(std::to_string(i), 300 + 7 * (i % 50));
    expected += xml;
    push(xml);
    if (i % 30 == 0) {
      box->push(" ");
      expected += " ";
    }
  }
  std::string got;
  int stops = 0;
  while (!box->empty() && stops < 10'000) {
    if (flush() == io_status::would_block)
      ++stops;
    EXPECT_EQ(delivered() + queued(), stanzas);
    got += read();
  }
  got += read();
  EXPECT_GT(stops, 3);
  EXPECT_EQ(got, expected);
  EXPECT_EQ(written, expected.size());
  EXPECT_EQ(delivered(), stanzas);
}

TEST_F(Outbox, stops_when_its_budget_is_used_up) {
  for (int i = 0; i < 3; ++i)
    push(message_of_size(std::to_string(i), 1000));
  std::string got;
  EXPECT_EQ(flush(0), io_status::ok);
  EXPECT_EQ(written, 0u);
  for (int i = 0; i < 100 && !box->empty(); ++i) {
    EXPECT_EQ(flush(1), io_status::ok);
    got += read();
  }
  EXPECT_TRUE(box->empty());
  EXPECT_EQ(got.size(), 3000u);
}

TEST_F(Outbox, delivers_nothing_that_is_not_written_to_its_last_octet) {
  push(message_of_size("1", 100'000));
  ASSERT_EQ(flush(), io_status::would_block);
  EXPECT_GT(written, 0u);
  EXPECT_EQ(delivered(), 0);
  EXPECT_EQ(queued(), 1);
}

TEST_F(Outbox, hands_back_what_is_not_written_in_full_in_order) {
  push(message("0"));
  push(message_of_size("1", 100'000));
  box->push("</stream:stream>");
  push(message("2"));
  ASSERT_EQ(flush(), io_status::would_block);
  auto left = box->take_unwritten();
  EXPECT_THAT(ids_of(left), ElementsAre("1", "2"));
  EXPECT_TRUE(box->empty());
  EXPECT_EQ(delivered(), 1);
  EXPECT_EQ(queued(), 0);
  read();
  settle(std::move(left));
  // The next stanza is not taken for the rest of the partly written one.
  push(message("3"));
  EXPECT_EQ(flush(), io_status::ok);
  EXPECT_EQ(read(), message("3"));
}

TEST_F(Outbox, keeps_little_room_for_what_has_gone_though_it_is_never_empty) {
  const std::string answer(200, 'x');
  for (int i = 0; i < 20'000; ++i) {
    box->push(answer);
    flush();
    if (box->size() > 200) { // the peer reads, but never everything
      std::array<char, 4096> part;
      ASSERT_GT(::read(peer.get(), part.data(), part.size()), 0);
    }
    ASSERT_LE(box->unused_octets(), 2 * std::max<size_t>(box->own_octets(), 4096)) << i;
  }
  EXPECT_GT(box->size(), 100u);
  wire->shutdown_write();
}

TEST_F(Outbox, tells_that_the_peer_is_gone) {
  push(message("1"));
  peer.reset();
  EXPECT_EQ(flush(), io_status::error);
  EXPECT_EQ(delivered(), 0);
  auto left = box->take_unwritten();
  EXPECT_THAT(ids_of(left), ElementsAre("1"));
  settle(std::move(left));
}

TEST_F(Outbox, knows_how_long_its_oldest_stanza_waits) {
  EXPECT_EQ(box->oldest(), time_point::max());
  box->push("<own/>");
  EXPECT_EQ(box->oldest(), time_point::max());
  auto pieces = stream.cut(message("1"), time_point{std::chrono::seconds{7}});
  box->push(pieces);
  EXPECT_EQ(box->oldest(), time_point{std::chrono::seconds{7}});
}

TEST_F(Outbox, drops_what_is_left_at_its_end) {
  push(message("1"));
  box.reset();
  EXPECT_EQ(dropped(failure::shutting_down), 1);
  EXPECT_EQ(queued(), 0);
}

// ---- a peer that does not keep up --------------------------------------------------------------

class OutboxOfASlowPeer : public Outbox {
protected:
  static constexpr size_t large = 40'000; ///< larger than a TLS record.

  void fill(int n) {
    for (int i = 1; i <= n; ++i)
      push(message_of_size(std::to_string(i), large));
    ASSERT_EQ(flush(), io_status::would_block);
  }
  std::vector<std::string> settle_in(failure expected) {
    std::vector<std::string> result;
    for (auto& entry : box->settle_in()) {
      EXPECT_EQ(entry.why, expected);
      result.push_back(test::id_of(entry.value));
      account.bounced(entry.value, entry.why);
    }
    return result;
  }
};

TEST_F(OutboxOfASlowPeer, copies_what_waits_so_that_no_source_is_held_back) {
  fill(3);
  EXPECT_EQ(credit->in_flight(), 3 * large);
  EXPECT_FALSE(box->settled());
  EXPECT_THAT(settle_in(failure::queue_full), IsEmpty());
  EXPECT_TRUE(box->settled());
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(limits->stanzas(), 3);
  push(message("4")); // copied as it comes
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(limits->stanzas(), 4);
}

TEST_F(OutboxOfASlowPeer, keeps_a_stanza_that_is_written_in_part_even_without_room_for_it) {
  limit(plenty, 0);
  fill(3);
  EXPECT_THAT(settle_in(failure::queue_full), ElementsAre("2", "3"));
  EXPECT_EQ(box->size(), 1u);
  EXPECT_EQ(queued(), 1);
  std::string got;
  while (!box->empty() && flush() != io_status::error)
    got += read();
  got += read();
  EXPECT_EQ(got, message_of_size("1", large));
  EXPECT_EQ(delivered(), 1);
}

TEST_F(OutboxOfASlowPeer, keeps_what_may_be_in_a_record_that_waits_for_its_socket) {
  limit(plenty, 0);
  for (int i = 1; i <= 10; ++i)
    push(message_of_size(std::to_string(i), 4096));
  // The first four are in the record, of which nothing is known to be written.
  EXPECT_THAT(settle_in(failure::queue_full), ElementsAre("5", "6", "7", "8", "9", "10"));
}

TEST_F(OutboxOfASlowPeer, refuses_what_it_has_no_room_for) {
  limit(plenty, 3);
  fill(3);
  settle_in(failure::queue_full);
  EXPECT_EQ(push(message("4")), failure::queue_full);
  EXPECT_EQ(bounced(failure::queue_full), 1);
  EXPECT_EQ(box->size(), 3u);
}

TEST_F(OutboxOfASlowPeer, gives_its_room_back_as_it_writes_and_copies_no_more_once_empty) {
  fill(3);
  settle_in(failure::queue_full);
  std::string got;
  while (!box->empty() && flush() != io_status::error)
    got += read();
  EXPECT_FALSE(box->settled());
  EXPECT_EQ(limits->bytes(), 0);
  push(message("4"));
  EXPECT_GT(credit->in_flight(), 0);
}

// ---- a peer that has taken nothing for a moment -----------------------------------------------

class OutboxThatWaits : public OutboxOfASlowPeer {
protected:
  static constexpr size_t around = 200'000; ///< octets of other stanzas in each stanza's chunk.

  void push_one_of_many(std::string_view xml) {
    auto pieces = stream.cut(xml, start, around);
    ASSERT_EQ(box->push(pieces), failure::none);
    expected += xml;
    octets += xml.size();
  }
  std::string drain() {
    std::string got;
    while (!box->empty() && flush() != io_status::error)
      got += read();
    return got + read();
  }

  static constexpr time_point start{std::chrono::hours{1}};
  std::string expected;
  size_t octets = 0;
};

TEST_F(OutboxThatWaits,
       condenses_its_stanzas_so_that_they_hold_back_their_source_by_their_own_octets) {
  push_one_of_many(message_of_size("1", large)); // partly written
  push_one_of_many(message("2"));
  ASSERT_EQ(flush(), io_status::would_block);
  EXPECT_EQ(box->condense_due(), start + condense_after);
  box->condense(start + condense_after - std::chrono::nanoseconds{1});
  EXPECT_EQ(credit->in_flight(), octets + 2 * around);
  box->condense(start + condense_after);
  EXPECT_EQ(credit->in_flight(), octets);
  EXPECT_EQ(limits->stanzas(), 0) << "it is not in the destination's account";
  EXPECT_EQ(box->condense_due(), time_point::max());
  // Later stanzas are condensed as they come.
  push_one_of_many(message("3"));
  box->push("<own/>");
  expected += "<own/>";
  push_one_of_many(message("4"));
  box->condense(start);
  EXPECT_EQ(credit->in_flight(), octets);
  EXPECT_EQ(drain(), expected);
  EXPECT_EQ(delivered(), 4);
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(OutboxThatWaits, copies_for_its_queue_what_it_has_condensed) {
  push_one_of_many(message_of_size("1", large));
  push_one_of_many(message("2"));
  ASSERT_EQ(flush(), io_status::would_block);
  box->condense(start + condense_after);
  EXPECT_THAT(settle_in(failure::queue_full), IsEmpty());
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(limits->stanzas(), 2);
  EXPECT_EQ(drain(), expected);
}

TEST_F(OutboxThatWaits, begins_anew_once_all_is_written) {
  push_one_of_many(message_of_size("1", large));
  ASSERT_EQ(flush(), io_status::would_block);
  box->condense(start + condense_after);
  EXPECT_EQ(drain(), expected);
  push_one_of_many(message_of_size("2", large));
  box->condense(start);
  EXPECT_EQ(credit->in_flight(), large + around);
  EXPECT_EQ(box->condense_due(), start + condense_after);
}

TEST_F(OutboxThatWaits, leaves_what_is_copied_for_its_queue) {
  push_one_of_many(message_of_size("1", large));
  ASSERT_EQ(flush(), io_status::would_block);
  EXPECT_THAT(settle_in(failure::queue_full), IsEmpty());
  EXPECT_EQ(box->condense_due(), time_point::max());
  box->condense(start + condense_after);
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(limits->stanzas(), 1);
}

// ---- from one stream to another ----------------------------------------------------------------

constexpr std::string_view component_header = "<stream:stream xmlns='jabber:component:accept' "
                                              "xmlns:stream='http://etherx.jabber.org/streams'>";

TEST_F(Outbox, passes_the_octets_of_a_stanza_that_states_no_namespace_between_all_streams) {
  source_stream component{world, nullptr, component_header};
  auto xml = message("1");
  EXPECT_EQ(carried(xml, component), xml);
  to_component();
  EXPECT_EQ(carried(xml, stream), xml);
}

TEST_F(Outbox, states_the_namespace_of_the_stream_that_it_writes_to) {
  const std::string body = "<body xmlns='jabber:server'>  &#13;</body></message>";
  to_component();
  EXPECT_EQ(
    carried("<message xmlns='jabber:server' from='a@partner.example' to='b@corp.example'>" + body,
            stream),
    "<message from='a@partner.example' "
    "to='b@corp.example'>"
      + body);
}

TEST_F(Outbox, declares_the_prefixes_of_the_sources_header_that_a_stanza_uses) {
  source_stream prefixed{world, nullptr,
                         "<stream:stream xmlns='jabber:server' xmlns:x='urn:x' xmlns:y='urn:y' "
                         "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"};
  auto got =
    carried("<message from='a@partner.example' to='b@corp.example'><x:e/></message>", prefixed);
  EXPECT_THAT(got, testing::HasSubstr("xmlns:x='urn:x'"));
  EXPECT_THAT(got, testing::Not(testing::HasSubstr("urn:y")));
  EXPECT_THAT(got, testing::EndsWith("><x:e/></message>"));
  EXPECT_THAT(carried(message("1"), prefixed), message("1"));
}

TEST_F(Outbox, writes_its_targets_domain_in_the_one_form_that_its_server_takes) {
  const auto name = *domain_name::parse("münchen.example");
  box->target(name.in_ascii());
  const struct {
    const char* from;
    const char* to;
    const char* written;
  } table[] = {
    {"a@x.example", "b@münchen.example/c", "b@xn--mnchen-3ya.example/c"},
    {"a@x.example", "xn--mnchen-3ya.example", "xn--mnchen-3ya.example"},
    {"a@x.example", "b@m&#xfc;nchen.example/&lt;", "b@xn--mnchen-3ya.example/&lt;"},
    {"a@x.example", "b@bücher.example", "b@bücher.example"},
    {"a@münchen.example", "b@x.example", "b@x.example"},
  };
  for (const auto& row : table)
    EXPECT_EQ(carried(message("1", row.to, row.from), stream), message("1", row.written, row.from))
      << row.to;
}

TEST_F(Outbox, writes_domains_in_their_normal_form_and_leaves_the_rest_of_an_address) {
  struct {
    std::string seen, written;
  } table[] = {
    {"Ann@Corp.EXAMPLE/Home", "Ann@corp.example/Home"},
    {"CORP.example", "corp.example"},
    {"corp.example./x", "corp.example/x"},
    {"M&#xfc;nchen@m&#xfc;nchen.example/a&amp;b", "M&#xfc;nchen@m&#xfc;nchen.example/a&amp;b"},
    {"M&#xfc;nchen@M&#xfc;nchen.example/a&amp;b", "München@münchen.example/a&amp;b"},
    {"a@xn--mnchen-3ya.example/b", "a@münchen.example/b"},
    {"a@xn--rih.example", "a@xn--rih.example"}, // no A-label
    {"a@corp.example/B@C", "a@corp.example/B@C"},
  };
  for (auto& row : table) {
    // Both addresses, each by itself.
    for (bool to : {true, false}) {
      std::string other = "x@other.example";
      auto text = [&](const std::string& shown) {
        return to ? message("1", shown, other) : message("1", other, shown);
      };
      EXPECT_EQ(carried(text(row.seen), stream), text(row.written)) << row.seen;
    }
  }
}

} // namespace
} // namespace fedhub
