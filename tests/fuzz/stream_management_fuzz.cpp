// Any elements, counts and times: only written stanzas are acknowledged, each of them once, and the
// machine's elements are well-formed and allowed in their phase.

#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/stream_element.hpp"
#include "protocol/xml/xml_scanner.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/xmpp_input.hpp"
#include "tests/unit/protocol/negotiation/management_scene.hpp"

namespace {

using namespace fedhub;
using fuzz::must;
using role = stream_management::role;
using phase = stream_management::phase;

const stream_header header = [] {
  stream_header header;
  header.bindings = {{"stream", std::string{ns::streams}}, {"", std::string{ns::server}}};
  return header;
}();

/// Plays the connection: holds written stanzas if the machine says so, and checks the promises.
class connection {
public:
  explicit connection(stream_management::options opts) : machine{std::move(opts)} {}

  void run(const management_actions& actions) {
    for (const auto& action : actions) {
      must(!ended_, "an action after the end");
      std::visit([this](const auto& y) { act(y); }, action);
    }
    must(ended_ == (machine.state() == phase::broken), "broken without saying so, or alive after");
    if (!ended_ && holding_)
      must(held_ == machine.unacknowledged(), "what is held is what is unacknowledged");
  }

  void write(uint32_t stanzas, uint64_t octets) {
    if (machine.state() == phase::resuming)
      return; // nothing may be sent in this phase
    if (holding_)
      held_ += stanzas;
    run(machine.written(holding_ ? stanzas : 0, octets, now));
  }

  /// Checks for one answer to all requests, or none. Called before each write and at other moments.
  void answer() {
    const bool on = machine.state() == phase::on;
    const auto xml = machine.take_answer();
    if (!xml.empty()) {
      must(on, "an answer while it is on only");
      check(xml);
    }
    must(machine.take_answer().empty(), "one answer to all requests");
  }

  std::optional<management_session> former; ///< the session whose stanzas are kept.
  stream_management::time_point now{};
  stream_management machine;

private:
  static void check(const std::string& xml) {
    xml_scanner scanner{{}};
    scanner.next("<stream:stream xmlns='jabber:server' "
                 "xmlns:stream='http://etherx.jabber.org/streams'>");
    const auto item = scanner.next(xml);
    must(item.status == scan_status::element && item.length == xml.size(), "well-formed XML");
  }

  void act(const send_xml& x) { check(x.xml); }
  void act(const send_ahead& output) {
    check(output.xml);
    must(machine.state() == phase::on, "acknowledgement while it is on only");
  }
  void act(const hold_written&) {
    must(!holding_, "held once");
    holding_ = true;
  }
  void act(const stop_holding&) {
    must(holding_, "something to let go of");
    holding_ = false;
    held_ = 0;
  }
  void act(const stanzas_acknowledged& acknowledged) {
    must(acknowledged.count > 0 && acknowledged.count <= held_, "acknowledged what is held");
    held_ -= acknowledged.count;
  }
  void act(const management_enabled&) {}
  void act(const resume_asked&) {}
  void act(const session_settled& settled) {
    must(former && settled.acknowledged <= former->unacknowledged, "settled what was kept");
    former.reset();
  }
  void act(const management_broken& broken) {
    must(broken.error != stream_error::none && !broken.detail.empty(), "says why it ends");
    if (!broken.application.empty())
      check(broken.application);
    ended_ = true;
  }

  bool holding_ = false;
  bool ended_ = false;
  uint64_t held_ = 0;
};

uint32_t number(fuzz::input& in) {
  const uint32_t near = in.octet();
  return in.octet() % 8 == 0 ? near << 24 | in.octet() : near;
}

std::string element(fuzz::input& in) {
  const std::string h = std::to_string(number(in));
  std::string xml = "<"
                    + std::string{in.pick({"r", "a", "a", "a", "enable", "enabled", "failed",
                                           "resume", "resumed", "x"})};
  xml += in.pick({" xmlns='urn:xmpp:sm:3'", " xmlns='urn:xmpp:sm:3'", " xmlns='urn:xmpp:sm:2'"});
  if (in.octet() % 4 != 0)
    xml += " h='" + h + "'";
  xml += in.pick({"", " id='i'", " previd='i'", " previd='&lt;'", " id='&amp;' location='&quot;'"});
  xml += in.pick({"", " resume='true'", " resume='1' max='5'", " max='-1'"});
  return xml.append("/>");
}

management_session session(fuzz::input& in) {
  return {.id = std::string{in.pick({"i", "<"})},
          .handled = number(in),
          .acknowledged = number(in),
          .unacknowledged = in.octet()};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::input in{data, size};
  const auto shape = in.octet();
  const bool initiating = shape % 2 == 0;
  connection stream{{.side = initiating ? role::initiating : role::receiving,
                     .wants_resumption = (shape & 2) != 0,
                     .resume_id = (shape & 4) != 0 ? "new" : ""}};
  auto& machine = stream.machine;
  if (shape & 8)
    machine.permit();
  if (initiating && (shape & 16)) {
    stream.former = session(in);
    stream.run(machine.start(stream.now, stream.former));
  } else if (initiating) {
    stream.run(machine.start(stream.now));
  }
  while (!in.empty()) {
    switch (in.octet() % 8) {
    case 0:
      stream.now += std::chrono::seconds{in.octet()};
      stream.run(machine.on_time(stream.now));
      must(machine.next_deadline() > stream.now, "a deadline that has passed is dealt with");
      break;
    case 1:
      machine.handled(number(in), stream.now);
      break;
    case 2:
    case 3: {
      const uint32_t stanzas = in.octet() % 200;
      stream.answer();
      if (machine.before_flush(stanzas, stream.now))
        must(machine.on(), "a request before it is on");
      stream.write(stanzas, uint64_t{stanzas} * 100 * in.octet());
      break;
    }
    case 4:
      if (machine.state() == phase::deciding) {
        stream.former = session(in);
        stream.run(machine.resume(*stream.former, stream.now));
      }
      break;
    case 5:
      stream.run(machine.refuse_resume(in.octet()));
      stream.answer();
      break;
    default:
      if (const auto x = stream_element::parse(element(in), header.bindings))
        stream.run(machine.on_element(x->root(), stream.now));
    }
    if (const auto left = machine.session())
      must(!left->id.empty(), "a session has an identifier");
  }
  return 0;
}
