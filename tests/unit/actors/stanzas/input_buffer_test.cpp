#include "actors/stanzas/input_buffer.hpp"

#include <cstring>
#include <set>

#include <caf/make_counted.hpp>
#include <gmock/gmock.h>

namespace fedhub {
namespace {

stanza_source_ptr make_source(const std::shared_ptr<flow_credit>& credit = nullptr) {
  return caf::make_counted<stanza_source>(source_context{}, stanza_direction::from_world, credit);
}

class InputBuffer : public testing::Test {
protected:
  /// Reads as many of `octets` as there is room for in one call. @returns their number.
  size_t read_once(std::string_view octets) {
    auto [to, room] = buffer.room();
    auto n = std::min(room, octets.size());
    std::memcpy(to, octets.data(), n);
    buffer.filled(n);
    return n;
  }
  void read(std::string_view octets) {
    while (!octets.empty())
      octets.remove_prefix(read_once(octets));
  }

  /// Keeps the chunk and points into it, as a stanza does.
  struct slice {
    chunk_ptr chunk;
    std::string_view text;
  };
  slice cut(size_t n) {
    slice slice{buffer.cut(n), buffer.pending().substr(0, n)};
    buffer.commit();
    buffer.consume(n);
    return slice;
  }

  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(1 << 20, [] {});
  input_buffer buffer{make_source(credit)};
};

TEST_F(InputBuffer, has_nothing_before_the_first_read) {
  EXPECT_EQ(buffer.pending(), "");
  EXPECT_FALSE(buffer.current());
  buffer.shrink(0);
  EXPECT_EQ(buffer.pending(), "");
}

TEST_F(InputBuffer, shows_what_is_read_and_not_consumed) {
  read("first second");
  EXPECT_EQ(buffer.pending(), "first second");
  buffer.consume(6);
  EXPECT_EQ(buffer.pending(), "second");
  read(" third");
  EXPECT_EQ(buffer.pending(), "second third");
  buffer.clear();
  EXPECT_EQ(buffer.pending(), "");
}

TEST_F(InputBuffer, uses_a_chunk_again_from_its_beginning_once_no_slice_points_to_it) {
  read("abc");
  auto* begin = buffer.pending().data();
  buffer.consume(3);
  read("def");
  EXPECT_EQ(buffer.pending().data(), begin);
}

TEST_F(InputBuffer, uses_a_chunk_again_once_the_last_of_many_slices_is_gone) {
  read(std::string(2000, 'x'));
  auto* begin = buffer.pending().data();
  std::vector<chunk_ptr> slices;
  for (int i = 0; i < 1000; ++i) {
    slices.push_back(buffer.cut(1));
    buffer.consume(1);
    if (i == 700)
      buffer.commit();
  }
  buffer.commit();
  EXPECT_EQ(credit->in_flight(), 1000);
  buffer.consume(1000);
  slices.erase(slices.begin() + 1, slices.end());
  EXPECT_NE(buffer.room().first, begin);
  slices.clear();
  EXPECT_EQ(buffer.room().first, begin);
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(InputBuffer, leaves_its_chunk_to_the_slices_when_it_ends) {
  auto own = std::make_unique<input_buffer>(make_source(credit));
  auto [to, room] = own->room();
  std::memcpy(to, "slice", 5);
  own->filled(5);
  auto kept = own->cut(5);
  own.reset();
  EXPECT_TRUE(kept->unique());
  EXPECT_EQ(std::string_view(kept->data(), 5), "slice");
  EXPECT_EQ(credit->in_flight(), 5);
  kept.reset();
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(InputBuffer, changes_no_octet_that_a_slice_points_to) {
  read("slice");
  auto kept = cut(5);
  for (int i = 0; i < 5000; ++i) {
    read("0123456789abcdef");
    buffer.consume(16);
  }
  EXPECT_EQ(kept.text, "slice");
  EXPECT_NE(buffer.current(), kept.chunk);
}

TEST_F(InputBuffer, keeps_what_is_pending_when_it_moves_on_to_another_chunk) {
  read(std::string(input_buffer::small_chunk - 100, 'x'));
  auto kept = cut(input_buffer::small_chunk - 110);
  EXPECT_EQ(buffer.pending(), "xxxxxxxxxx");
  read("tail");
  EXPECT_EQ(buffer.pending(), "xxxxxxxxxxtail");
  EXPECT_NE(buffer.current(), kept.chunk);
}

TEST_F(InputBuffer, always_has_room_for_a_kibibyte) {
  for (size_t n : {1u, 1023u, 1024u, 1025u, 3000u, 70000u})
    for (int i = 0; i < 30; ++i) {
      read(std::string(n, 'x'));
      EXPECT_GE(buffer.room().second, 1024u);
      if (i % 3 == 2)
        buffer.consume(buffer.pending().size() - i % 2);
    }
}

TEST_F(InputBuffer, begins_small_and_grows_with_the_traffic) {
  EXPECT_EQ(buffer.room().second, input_buffer::small_chunk);
  read(std::string(input_buffer::small_chunk, 'x')); // fills the room
  buffer.clear();
  auto kept = buffer.current();
  EXPECT_EQ(buffer.room().second, input_buffer::large_chunk);
}

TEST_F(InputBuffer, copies_a_long_stanza_a_few_times_only_while_it_grows) {
  std::string text;
  std::set<const chunk*> chunks;
  std::vector<chunk_ptr> kept; // so that no address is used twice
  while (text.size() < 1'000'000) {
    std::string part(997, static_cast<char>('a' + text.size() % 26));
    text += part;
    read(part);
    if (chunks.insert(buffer.current().get()).second)
      kept.push_back(buffer.current());
  }
  EXPECT_EQ(buffer.pending(), text);
  EXPECT_LE(chunks.size(), 12u);
}

TEST_F(InputBuffer, lets_its_chunk_go_when_a_stream_rests_with_nothing_pending) {
  read("abc");
  buffer.consume(3);
  buffer.shrink(3);
  EXPECT_FALSE(buffer.current());
}

TEST_F(InputBuffer, keeps_what_is_pending_when_a_stream_rests) {
  read("abcdef");
  auto kept = cut(3);
  buffer.shrink(6);
  EXPECT_EQ(buffer.pending(), "def");
  EXPECT_NE(buffer.current(),
            kept.chunk); // so that only the slice keeps the octets
  EXPECT_EQ(kept.text, "abc");
}

TEST_F(InputBuffer, takes_a_chunk_by_what_the_last_turn_brought) {
  buffer.shrink(input_buffer::small_chunk);
  EXPECT_EQ(buffer.room().second, input_buffer::large_chunk);
  buffer.shrink(input_buffer::small_chunk - 1);
  EXPECT_EQ(buffer.room().second, input_buffer::small_chunk);
}

TEST_F(InputBuffer, gives_credit_back_when_the_last_slice_goes_and_the_stream_has_moved_on) {
  read("abcdef");
  auto first = cut(3);
  auto second = cut(3);
  buffer.shrink(6);
  EXPECT_EQ(credit->in_flight(), 6);
  first = {};
  EXPECT_EQ(credit->in_flight(), 6); // one chunk, one account
  second = {};
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(InputBuffer, gives_credit_back_though_the_chunk_is_kept_for_more) {
  read("abcdef");
  auto kept = cut(3);
  kept = {};
  EXPECT_EQ(credit->in_flight(), 3);
  buffer.room();
  EXPECT_EQ(credit->in_flight(), 0);
  cut(2);
  EXPECT_EQ(credit->in_flight(), 2);
  buffer.shrink(0);
  EXPECT_EQ(credit->in_flight(), 0);
  EXPECT_EQ(buffer.pending(), "f");
}

TEST_F(InputBuffer, cuts_from_the_new_source_what_comes_after_a_restart) {
  read("old-new");
  auto old = cut(4);
  auto fresh = make_source();
  buffer.source(fresh);
  EXPECT_EQ(buffer.pending(), "new");
  EXPECT_EQ(buffer.current()->source_handle(), fresh);
  EXPECT_NE(old.chunk->source_handle(), fresh);
  EXPECT_EQ(old.text, "old-");
  buffer.clear();
  buffer.shrink(0);
  read("x");
  EXPECT_EQ(buffer.current()->source_handle(), fresh);
}

} // namespace
} // namespace fedhub
