// Any octets and any order of events: the machine keeps its promises, and authorises only what was
// asked and granted.

#include <cstdlib>
#include <iostream>
#include <set>

#include "protocol/negotiation/see_other_host.hpp"
#include "tests/fuzz/xmpp_input.hpp"
#include "tests/unit/protocol/stanza/passage.hpp"
#include "tests/unit/protocol/stream/stream_driver.hpp"

namespace {

using namespace fedhub;

[[noreturn]] void broken(std::string_view promise) {
  std::cerr << "broken promise: " << promise << "\n";
  std::abort();
}

const dialback_keys keys{"secret"};
const domain_name names[] = {*domain_name::parse("a.example"), *domain_name::parse("b.example"),
                             *domain_name::parse("c.example")};

domain_pair pick_pair(uint8_t x) { return {names[x % 3], names[x / 3 % 3]}; }

/// Reads the end of SASL by other means than the machine's.
bool succeeds(const std::string& header, const std::string& element) {
  const auto x = testing::read_on_stream(header, element);
  return x && !x->elements.empty() && x->elements[0].name == std::string{ns::sasl} + " success";
}

/// Reads the answer that authorised a pair by other means than the machine's.
bool grants(const std::string& header, const std::string& element, const domain_pair& pair) {
  const auto x = testing::read_on_stream(header, element);
  if (!x || x->elements.empty() || x->elements[0].name != std::string{ns::dialback} + " result")
    return false;
  const auto& attributes = x->elements[0].attributes;
  auto value = [&](const char* name) {
    return attributes.contains(name) ? attributes.at(name) : "";
  };
  return value("type") == "valid" && domain_name::parse(value("from")) == pair.to
         && domain_name::parse(value("to")) == pair.from;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::input input{data, size};
  const auto mode = input.octet();
  outgoing_stream stream{{.sender = names[1],
                          .target = names[0],
                          .security = static_cast<stream_security>(mode % 3),
                          .external = mode < 0x80,
                          .direct_tls = mode / 3 % 8 == 0,
                          .bidi = mode % 2 == 0},
                         keys};
  testing::stream_driver<outgoing_stream> peer{stream};
  if (mode % 16 == 15)
    peer.limit({.depth = 2, .attributes = 3, .frames_excess = true});
  std::set<domain_pair> asked;
  bool shaking_hands = false, succeeded = false, bidi_asked = false;
  peer.watch = [&](const stream_actions& actions) {
    for (const auto& action : actions) {
      if (std::holds_alternative<restart_stream>(action) && !shaking_hands) {
        if (!stream.secured() || !succeeds(peer.last_header(), peer.last_element()))
          broken("a new stream without a reason");
        succeeded = true;
      } else if (const auto* x = std::get_if<send_xml>(&action)) {
        bidi_asked = bidi_asked || x->xml.starts_with("<bidi ");
      } else if (const auto* x = std::get_if<close_stream>(&action)) {
        const auto other = parse_see_other_host(x->redirect);
        if (other && other->host.empty())
          broken("sent to nowhere");
      } else if (const auto* x = std::get_if<pair_authorised>(&action)) {
        if (asked.erase(x->pair) == 0)
          broken("authorised what was not asked");
        const bool external = succeeded && x->pair == domain_pair{names[1], names[0]};
        if (!external && !grants(peer.last_header(), peer.last_element(), x->pair))
          broken("authorised what was not granted");
        if (external && x->how != proof_method::external)
          broken("a key where SASL was enough");
      }
    }
  };
  auto shake_hands = [&] {
    shaking_hands = true;
    peer.run(stream.on_tls_established());
    shaking_hands = false;
  };
  for (const auto step : fuzz::prologue(input, false)) {
    if (stream.state() == outgoing_stream::phase::idle)
      peer.run(stream.start());
    if (step == "tls")
      shake_hands();
    else
      peer.receive(step);
  }
  while (!input.empty()) {
    switch (const auto event = input.octet(); event % 16) {
    case 0:
      peer.run(stream.start());
      break;
    case 1:
      shake_hands();
      break;
    case 2:
    case 3: {
      const auto pair = pick_pair(event >> 4);
      if (!stream.authorised(pair) || pair == domain_pair{names[1], names[0]})
        asked.insert(pair);
      peer.run(stream.authenticate(pair));
      break;
    }
    case 4:
      peer.run(stream.verify({pick_pair(event >> 4), "i", "<key>"}));
      break;
    case 5:
      if (event > 0xE0)
        peer.run(stream.fail(stream_error::reset, failure::stream_closed, "<detail>"));
      break;
    case 6:
      if (event > 0xE0)
        peer.run(stream.close());
      break;
    case 8:
    case 9:
    case 10:
      peer.receive(fuzz::dialback(input));
      break;
    case 12:
      peer.receive(fuzz::bidi(input));
      break;
    case 13: {
      const auto pair = pick_pair(event >> 4);
      const bool taken = stream.authorised({pair.to, pair.from}) && stream.bidi();
      const auto before = peer.stanzas();
      const auto xml = "<message from='" + pair.from.str() + "' to='" + pair.to.str() + "'/>";
      if (!peer.receive(xml).empty() && peer.stanzas() > before && !taken)
        broken("took a stanza for a domain pair whose reverse is not authorised");
      break;
    }
    case 11:
      peer.receive(fuzz::sasl(input));
      break;
    case 7:
      peer.receive(fuzz::tokens[event >> 4]);
      break;
    default:
      peer.receive(input.text());
    }
    if (stream.bidi() && (mode % 2 != 0 || !bidi_asked))
      broken("bidirectional without being asked for");
    if (!peer.violation().empty())
      broken(peer.violation());
    if (peer.closed() && !stream.authenticate(pick_pair(1)).empty())
      broken("does something after its end");
  }
  return 0;
}
