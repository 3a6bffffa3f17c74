#include "protocol/stanza/stanza_kind.hpp"

#include <gtest/gtest.h>

namespace fedhub::test {
namespace {

TEST(StanzaKind, knows_stanzas_by_their_names) {
  for (auto x : {stanza_kind::message, stanza_kind::presence, stanza_kind::iq})
    EXPECT_EQ(parse_stanza_kind(to_string(x)), x);
  for (const char* name : {"", "Message", "iqs", "none", "features"})
    EXPECT_EQ(parse_stanza_kind(name), stanza_kind::none) << name;
}

} // namespace
} // namespace fedhub::test
