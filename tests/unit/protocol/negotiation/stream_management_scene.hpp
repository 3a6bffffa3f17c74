// A stream with stream management, controlled by a test.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "protocol/events/stream_header.hpp"
#include "protocol/negotiation/stream_management.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/stream_element.hpp"
#include "tests/unit/protocol/negotiation/management_scene.hpp"

namespace fedhub::testing {

using lines = std::vector<std::string>;

/// Takes elements of the peer, and returns the resulting actions as text.
class managed_stream {
public:
  explicit managed_stream(stream_management::options opts) : machine{std::move(opts)} {}

  static managed_stream initiating(bool resumption = false) {
    return managed_stream{
      {.side = stream_management::role::initiating, .wants_resumption = resumption}};
  }
  static managed_stream receiving(std::string id = {}) {
    managed_stream stream{{.side = stream_management::role::receiving,
                           .resume_id = std::move(id),
                           .resume_max = std::chrono::seconds{120}}};
    stream.machine.permit();
    return stream;
  }
  /// An initiating stream that the peer acknowledges.
  static managed_stream enabled() {
    auto stream = initiating();
    stream.start();
    stream.peer("enabled");
    return stream;
  }

  lines start(std::optional<management_session> former = {}) {
    return words(machine.start(now, std::move(former)));
  }
  lines peer(std::string_view name, std::string_view rest = "/>") {
    return peer_sends(management(name, rest));
  }
  lines peer_sends(const std::string& xml) {
    const auto element = stream_element::parse(xml, header.bindings);
    return words(machine.on_element(element->root(), now));
  }
  /// Has the peer request an acknowledgement. @returns the answer.
  std::string asked() {
    EXPECT_THAT(peer("r"), ::testing::IsEmpty());
    return machine.take_answer();
  }
  lines answer(uint32_t h) { return peer("a", " h='" + std::to_string(h) + "'/>"); }
  lines written(uint32_t stanzas, uint64_t octets = 0) {
    return words(machine.written(stanzas, octets, now));
  }
  /// Writes all of an outbox with `stanzas` stanzas. @returns whether a request was sent with them.
  bool flush(uint32_t stanzas) {
    const bool asked = machine.before_flush(stanzas, now);
    EXPECT_THAT(written(stanzas, 1000 * stanzas), ::testing::IsEmpty());
    return asked;
  }
  /// Lets time pass, and handles the machine's deadlines. @returns the actions.
  lines elapse(std::chrono::milliseconds x) {
    const auto until = now + x;
    lines all;
    while (machine.next_deadline() <= until) {
      now = std::max(now, machine.next_deadline());
      const auto some = words(machine.on_time(now));
      EXPECT_THAT(some, ::testing::Not(::testing::IsEmpty())) << "a deadline for nothing";
      if (some.empty())
        break;
      all.insert(all.end(), some.begin(), some.end());
    }
    now = until;
    return all;
  }

  stream_header header = [] {
    stream_header header;
    header.bindings = {{"stream", std::string{ns::streams}}, {"", std::string{ns::server}}};
    return header;
  }();
  stream_management::time_point now{std::chrono::hours{1}};
  stream_management machine;
};

} // namespace fedhub::testing
