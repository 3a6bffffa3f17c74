// An outgoing stream and its peer, for tests.
#pragma once

#include <gtest/gtest.h>

#include "protocol/stream/outgoing_stream.hpp"
#include "protocol/text/domain_name.hpp"
#include "tests/unit/protocol/stream/stream_driver.hpp"

namespace fedhub::testing::outgoing {

using phase = outgoing_stream::phase;
using lines = std::vector<std::string>;

inline domain_name domain(std::string_view text) { return *domain_name::parse(text); }

inline const dialback_keys keys{"s3cr3tf0rd14lb4ck"};
inline const domain_pair pair{domain("sender.example"), domain("target.example")};
inline const domain_pair other_pair{domain("other.example"), domain("target.example")};

inline constexpr std::string_view header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
  "xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' from='target.example' "
  "to='sender.example' id='id-1' version='1.0'>";
inline constexpr std::string_view secure_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' id='id-2' version='1.0'>";
inline constexpr std::string_view old_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' id='id-1'>";
inline constexpr std::string_view no_dialback_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='id-1' "
  "version='1.0'>";

inline constexpr std::string_view starttls =
  "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
inline constexpr std::string_view starttls_required =
  "<stream:features><starttls "
  "xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";
inline constexpr std::string_view dialback =
  "<stream:features><dialback "
  "xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>";
inline constexpr std::string_view no_features = "<stream:features/>";
inline constexpr std::string_view proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

/// An outgoing stream, with a receiving server as its peer.
class OutgoingStream : public ::testing::Test {
protected:
  OutgoingStream() : stream{{pair.from, pair.to, stream_security::tls_optional}, keys} {}

  void use(stream_security security) {
    stream = outgoing_stream{{pair.from, pair.to, security}, keys};
  }
  lines sends(std::string_view xml) { return peer.receive(xml); }
  lines starts() { return peer.run(stream.start()); }

  /// Brings the stream up without TLS.
  void make_ready() {
    starts();
    sends(header);
    ASSERT_EQ(sends(dialback), lines{"ready"});
  }
  void TearDown() override { EXPECT_EQ(peer.violation(), ""); }

  outgoing_stream stream;
  testing::stream_driver<outgoing_stream> peer{stream};
};

} // namespace fedhub::testing::outgoing
