// Any octets and any order of events: the machine keeps its promises, and authorises only what was
// asked and granted.

#include <set>

#include "protocol/events/proof_method.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/negotiation/see_other_host.hpp"
#include "protocol/text/domain_pair.hpp"
#include "protocol/text/namespaces.hpp"
#include "tests/fuzz/s2s_scene.hpp"
#include "tests/unit/protocol/stanza/passage.hpp"

namespace {

using namespace fedhub;
using fuzz::broken;
using fuzz::names;

domain_pair pick_pair(uint8_t x) { return {names[x % 3], names[x / 3 % 3]}; }

/// Reads the end of SASL without the machine's code.
bool succeeds(const std::string& header, const std::string& element) {
  const auto stream = testing::read_on_stream(header, element);
  return stream && !stream->elements.empty()
         && stream->elements[0].name == std::string{ns::sasl} + " success";
}

/// Reads the answer that authorised a pair without the machine's code.
bool grants(const std::string& header, const std::string& element, const domain_pair& pair) {
  const auto stream = testing::read_on_stream(header, element);
  if (!stream || stream->elements.empty()
      || stream->elements[0].name != std::string{ns::dialback} + " result")
    return false;
  const auto& attributes = stream->elements[0].attributes;
  auto value = [&](const char* name) {
    return attributes.contains(name) ? attributes.at(name) : "";
  };
  return value("type") == "valid" && domain_name::parse(value("from")) == pair.to
         && domain_name::parse(value("to")) == pair.from;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::input input{data, size};
  const fuzz::s2s_mode mode{input.octet()};
  outgoing_stream stream{{.sender = names[1],
                          .target = names[0],
                          .security = mode.security(),
                          .external = mode.octet < 0x80,
                          .direct_tls = mode.direct_tls(),
                          .bidi = mode.bidi()},
                         fuzz::keys};
  fuzz::s2s_scene<outgoing_stream> scene{stream, input};
  auto& peer = scene.peer;
  if (mode.octet % 16 == 15)
    scene.limit();
  std::set<domain_pair> asked;
  bool shaking_hands = false, succeeded = false, bidi_asked = false;
  peer.watch = [&](const stream_actions& actions) {
    for (const auto& action : actions) {
      if (std::holds_alternative<restart_stream>(action) && !shaking_hands) {
        if (!stream.secured() || !succeeds(peer.last_header(), peer.last_element()))
          broken("a new stream without a reason");
        succeeded = true;
      } else if (const auto* subject = std::get_if<send_xml>(&action)) {
        bidi_asked = bidi_asked || subject->xml.starts_with("<bidi ");
      } else if (const auto* found = std::get_if<close_stream>(&action)) {
        const auto other = parse_see_other_host(found->redirect);
        if (other && other->host.empty())
          broken("sent to nowhere");
      } else if (const auto* result = std::get_if<pair_authorised>(&action)) {
        if (asked.erase(result->pair) == 0)
          broken("authorised what was not asked");
        const bool external = succeeded && result->pair == domain_pair{names[1], names[0]};
        if (!external && !grants(peer.last_header(), peer.last_element(), result->pair))
          broken("authorised what was not granted");
        if (external && result->how != proof_method::external)
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
    case 13: {
      const auto pair = pick_pair(event >> 4);
      const bool taken = stream.authorised({pair.to, pair.from}) && stream.bidi();
      const auto before = peer.stanzas();
      const auto xml = "<message from='" + pair.from.str() + "' to='" + pair.to.str() + "'/>";
      if (!peer.receive(xml).empty() && peer.stanzas() > before && !taken)
        broken("took a stanza for a domain pair whose reverse is not authorised");
      break;
    }
    default:
      scene.apply(event);
    }
    if (stream.bidi() && (!mode.bidi() || !bidi_asked))
      broken("bidirectional without being asked for");
    scene.check();
    if (peer.closed() && !stream.authenticate(pick_pair(1)).empty())
      broken("does something after its end");
  }
  return 0;
}
