#include "actors/stanzas/condenser.hpp"

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using test::message_of_size;

class Condenser : public test::account_test {
protected:
  /// Returns stanzas of `size` octets each in one chunk of `capacity` octets, all of them charged.
  std::vector<stanza> row(size_t count, size_t size, size_t capacity) {
    auto buffer = caf::make_counted<chunk>(capacity, stream.source());
    buffer->charge(capacity);
    buffer->commit();
    std::vector<stanza> result;
    for (size_t i = 0; i < count; ++i) {
      auto pieces = stream.cut(message_of_size(std::to_string(i), size));
      std::memcpy(buffer->data() + i * size, pieces.data, size);
      pieces.data = buffer->data() + i * size;
      pieces.buffer = buffer;
      result.push_back(std::move(pieces));
    }
    return result;
  }

  void condense(std::vector<stanza>& xs) {
    condenser all;
    for (auto& x : xs)
      all.add(x);
  }

  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(plenty, [] {});
  test::source_stream stream{world, credit};
};

TEST_F(Condenser, moves_the_small_rest_of_a_chunk_into_one_buffer) {
  auto xs = row(4, 250, 4000);
  EXPECT_EQ(credit->in_flight(), 4000);
  condense(xs);
  EXPECT_EQ(credit->in_flight(), 1000);
  for (size_t i = 0; i < xs.size(); ++i) {
    EXPECT_EQ(xs[i].text(), message_of_size(std::to_string(i), 250));
    EXPECT_EQ(xs[i].buffer, xs[0].buffer);
  }
  EXPECT_EQ(xs[0].buffer->capacity(), 1000u);
  settle(std::move(xs));
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(Condenser, leaves_a_chunk_that_stanzas_fill_for_more_than_a_quarter) {
  auto xs = row(4, 250, 3999);
  auto* before = xs[0].data;
  condense(xs);
  EXPECT_EQ(xs[0].data, before);
  EXPECT_EQ(credit->in_flight(), 3999);
  settle(std::move(xs));
}

TEST_F(Condenser, judges_each_chunk_by_itself) {
  auto xs = row(1, 250, 4000);
  for (auto& x : row(3, 300, 1000))
    xs.push_back(std::move(x));
  for (auto& x : row(1, 200, 800))
    xs.push_back(std::move(x));
  condense(xs);
  EXPECT_EQ(credit->in_flight(), 250 + 1000 + 200);
  EXPECT_EQ(xs[1].buffer, xs[3].buffer);
  EXPECT_EQ(xs[4].text(), message_of_size("0", 200));
  settle(std::move(xs));
  EXPECT_EQ(credit->in_flight(), 0);
}

TEST_F(Condenser, leaves_stanzas_that_still_have_to_be_detached) {
  auto xs = row(1, 250, 4000);
  condense(xs);
  EXPECT_FALSE(detached(xs[0]));
  detach(xs[0]);
  EXPECT_EQ(credit->in_flight(), 0);
  settle(std::move(xs));
}

TEST_F(Condenser, copies_nothing_twice) {
  auto xs = row(2, 250, 4000);
  condense(xs);
  auto* before = xs[0].data;
  condense(xs);
  EXPECT_EQ(xs[0].data, before);
  settle(std::move(xs));
}

} // namespace
} // namespace fedhub
