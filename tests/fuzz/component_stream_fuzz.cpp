// Any octets in any pieces: the machine keeps its promises, and authenticates no component without
// the secret.

#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/xmpp_input.hpp"
#include "tests/unit/protocol/stream/stream_driver.hpp"

namespace {

using namespace fedhub;
using fuzz::broken;

std::vector<component_stream::candidate> find(std::string_view to) {
  if (to == "a.example")
    return {{"node", "a secret that the fuzzer does not know"}};
  return {};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::input input{data, size};
  component_stream stream{find};
  testing::stream_driver<component_stream> peer{stream};
  const auto mode = input.octet();
  if (mode > 0xC0)
    peer.limit({.depth = 2, .attributes = 3, .frames_excess = true});
  if (mode % 2 == 0)
    peer.receive(fuzz::tokens[2]);
  while (!input.empty()) {
    switch (const auto event = input.octet(); event % 8) {
    case 0:
      if (event > 0xE0)
        peer.run(stream.fail(stream_error::reset, failure::stream_closed, "<detail>"));
      break;
    case 1:
      if (event > 0xE0)
        peer.run(stream.close());
      break;
    case 2:
      if (event > 0xE0)
        peer.run(stream.on_stream_end());
      break;
    case 4:
      peer.receive("<handshake>" + input.text(40) + "</handshake>");
      break;
    case 3:
      peer.receive(fuzz::tokens[event >> 3]);
      break;
    default:
      peer.receive(input.text());
    }
    if (!peer.violation().empty())
      broken(peer.violation());
    if (stream.authenticated() || peer.stanzas() != 0)
      broken("let in without the secret");
    if (peer.closed() && !stream.close().empty())
      broken("does something after its end");
  }
  return 0;
}
