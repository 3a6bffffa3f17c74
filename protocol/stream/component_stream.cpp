#include "protocol/stream/component_stream.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "protocol/errors/stanza_error.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/stanza/stanza_kind.hpp"
#include "protocol/text/clip.hpp"
#include "protocol/text/hex.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/error_report.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

namespace {

constexpr size_t max_peer_name = 255; // octets: the longest domain
constexpr size_t sha1_octets = 20;

/// Returns the hex SHA-1 over stream id and secret (XEP-0114 §3).
std::string handshake_digest(std::string_view stream_id, std::string_view secret) {
  std::string text{stream_id};
  text.append(secret);
  std::array<unsigned char, sha1_octets> digest;
  size_t length = 0;
  // Without SHA-1 no component could be identified.
  if (EVP_Q_digest(nullptr, "SHA1", nullptr, text.data(), text.size(), digest.data(), &length) != 1
      || length != digest.size())
    std::abort();
  return to_hex(digest);
}

void lower_hex(std::string& text) {
  for (auto& digit : text)
    if (digit >= 'A' && digit <= 'F')
      digit = static_cast<char>(digit - 'A' + 'a');
}

} // namespace

component_stream::component_stream(lookup find)
  : find_(std::move(find)), stream_id_(make_stream_id()) {}

std::string component_stream::header() const {
  header_to_send answer;
  answer.content_namespace = ns::component_accept;
  answer.from = peer_name_;
  answer.id = stream_id_;
  answer.version = false;
  answer.dialback = false;
  return make_stream_header(answer);
}

stream_actions component_stream::on_header(const stream_header& received) {
  if (phase_ == phase::closed)
    return {};
  if (phase_ != phase::await_header)
    return fail(stream_error::policy_violation, failure::stream_invalid, "second stream header");
  peer_name_ = clip(received.to, max_peer_name);
  if (!received.stream_namespace || received.content_namespace != ns::component_accept)
    return fail(stream_error::invalid_namespace, failure::stream_invalid,
                "the header's namespaces are not those of a component stream");
  to_ = received.to;
  candidates_ = find_(to_);
  if (candidates_.empty())
    return fail(stream_error::host_unknown, failure::stream_invalid,
                "no node is configured for the header's 'to'");
  phase_ = phase::await_handshake;
  return actions_of(send_xml{header()}, stream_ready{});
}

stream_actions component_stream::on_element(const element_received& received) {
  if (phase_ == phase::closed)
    return {};
  const auto element = stream_element::parse(received.xml, received.outer);
  if (!element)
    return fail(stream_error::policy_violation, failure::stream_invalid, "element nested too deep");
  const auto root = element->root();
  if (root.is(ns::streams, "error"))
    return fail(stream_error::none, failure::stream_refused,
                read_error(root, ns::stream_errors).str());
  const bool handshake = root.is(ns::component_accept, "handshake");
  const bool stanza = root.namespace_uri() == ns::component_accept
                      && parse_stanza_kind(root.local_name()) != stanza_kind::none;
  if (phase_ != phase::await_header && !handshake && !stanza
      && unknown_.ignore(root.namespace_uri()))
    return {};
  switch (phase_) {
  case phase::await_handshake:
    return handshake ? on_handshake(root.text())
                     : fail(stream_error::not_authorized, failure::stream_invalid,
                            "element before the handshake: " + std::string{root.short_name()});
  case phase::established:
    return fail(stream_error::unsupported_stanza_type, failure::stream_invalid,
                "unknown element " + std::string{root.short_name()});
  default:
    return fail(stream_error::policy_violation, failure::stream_invalid,
                "element before the header");
  }
}

stream_actions component_stream::on_excess(const excess_received& element) {
  if (phase_ == phase::closed)
    return {};
  const bool content = element.namespace_uri == ns::component_accept
                       && (element.local_name == "handshake"
                           || parse_stanza_kind(element.local_name) != stanza_kind::none);
  if (phase_ != phase::await_header && !content && unknown_.ignore(element.namespace_uri))
    return {};
  return fail(stream_error::policy_violation, failure::stream_invalid, describe(element));
}

void component_stream::on_rules() {
  if (phase_ == phase::await_handshake)
    candidates_ = find_(to_);
}

stream_actions component_stream::on_handshake(std::string digest) {
  lower_hex(digest);
  const auto candidates = std::exchange(candidates_, {});
  auto found = candidates.size();
  // All candidates are compared, so that the time does not reveal which one matched.
  for (auto i = candidates.size(); i-- > 0;) {
    const auto good = handshake_digest(stream_id_, candidates[i].secret);
    if (digest.size() == good.size() && CRYPTO_memcmp(digest.data(), good.data(), good.size()) == 0)
      found = i;
  }
  if (found == candidates.size())
    return fail(stream_error::not_authorized, failure::stream_invalid,
                "wrong handshake: its secret is not that of the [[node]] row");
  phase_ = phase::established;
  to_ = {};
  return actions_of(send_xml{"<handshake/>"}, component_authenticated{found});
}

stream_actions component_stream::on_stream_end() {
  return fail(stream_error::none, failure::stream_closed, "the component ended the stream");
}

stream_actions component_stream::fail(stream_error error, failure why, std::string_view detail) {
  if (phase_ == phase::closed)
    return {};
  const bool header_sent = std::exchange(phase_, phase::closed) != phase::await_header;
  stream_actions out;
  std::string last_words;
  if (error != stream_error::none)
    last_words = stream_error_xml(error, detail);
  if (!header_sent && !last_words.empty())
    last_words.insert(0, header());
  if (header_sent || !last_words.empty())
    out.emplace_back(send_xml{last_words.append(stream_footer)});
  out.emplace_back(close_stream{error, why, std::string{detail}});
  return out;
}

stream_actions component_stream::close(failure why) { return fail(stream_error::none, why, {}); }

std::string_view to_string(component_stream::phase phase) {
  using enum component_stream::phase;
  switch (phase) {
  case await_header:
    return "await-header";
  case await_handshake:
    return "await-handshake";
  case established:
    return "established";
  case closed:
    return "closed";
  }
  return "invalid-phase";
}

} // namespace fedhub
