// An incoming stream and its peer, for tests.
#pragma once

#include <functional>

#include <gtest/gtest.h>

#include "protocol/stream/incoming_stream.hpp"
#include "protocol/text/domain_name.hpp"
#include "tests/unit/protocol/stream/stream_driver.hpp"

namespace fedhub::testing::incoming {

using enum stream_security;
using phase = incoming_stream::phase;
using lines = std::vector<std::string>;

inline domain_name domain(std::string_view text) { return *domain_name::parse(text); }

inline const dialback_keys keys{"secret"};
inline const domain_pair pair{domain("peer.example"), domain("here.example")};
inline const domain_pair other_pair{domain("other.example"), domain("here.example")};

inline constexpr std::string_view header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
  "xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' from='peer.example' to='here.example' version='1.0'>";
inline constexpr std::string_view old_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' to='here.example'>";
inline constexpr std::string_view starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
inline constexpr std::string_view key =
  "<db:result from='peer.example' to='here.example'>\n k-1 </db:result>";
inline constexpr std::string_view other_key =
  "<db:result from='other.example' to='here.example'>k-2</db:result>";

/// Serves here.example, denies denied.example, and trusts node.example. Certificates prove nothing
/// and dialback is enough, unless a test changes that.
class scripted_policy final : public incoming_policy {
public:
  std::function<failure(const domain_pair&)> admitted = [](const domain_pair& x) {
    return x.from.str() == "denied.example" ? failure::domain_denied : failure::none;
  };
  std::function<identity_proof(const domain_name&)> proven = [](const domain_name&) {
    return identity_proof{};
  };
  bool dialback = true;

  bool serves(const domain_name& x) const override {
    return x.str() == "here.example" || x.str() == "also.example";
  }
  failure admits(const domain_pair& x) const override { return admitted(x); }
  bool trusted(const domain_name& x) const override { return x.str() == "node.example"; }
  bool authoritative(const domain_name& x) const override { return x.str() == "here.example"; }
  identity_proof proof(const domain_name& x) const override { return proven(x); }
  bool dialback_enough(const domain_name&) const override { return dialback; }
};

inline scripted_policy policy() { return {}; }

inline incoming_stream::options options(stream_security security) {
  return {.security = security, .tls_available = true, .fallback_from = domain("hub.example")};
}

/// The machine, and a peer that takes these steps ("tls": the handshake).
struct scene {
  explicit scene(stream_security security, const lines& steps = {})
    : scene{options(security), policy(), steps} {}
  scene(incoming_stream::options opts, scripted_policy policy, const lines& steps = {})
    : rules{std::move(policy)}, stream{std::move(opts), rules, keys} {
    for (const auto& step : steps)
      sends(step);
  }
  lines sends(std::string_view xml) {
    return xml == "tls" ? driver.run(stream.on_tls_established()) : driver.receive(xml);
  }
  lines verified(const domain_pair& x, dialback_outcome outcome, failure why = failure::none) {
    return driver.run(stream.on_verified(x, stream.stream_id(), outcome, why, ""));
  }
  ~scene() { EXPECT_EQ(driver.violation(), ""); }
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;

  const scripted_policy rules;
  incoming_stream stream;
  testing::stream_driver<incoming_stream> driver{stream};
};

inline const lines clear{std::string{header}};
inline const lines secure{std::string{header}, std::string{starttls}, "tls", std::string{header}};

} // namespace fedhub::testing::incoming
