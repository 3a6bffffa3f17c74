// Feeds any octets to the nodes' DNS view, as a question and as an upstream server's answer, and
// checks its promises about its own messages.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "protocol/dns/dns_relay.hpp"
#include "protocol/dns/dns_view.hpp"

namespace {

using namespace fedhub;

void check(bool good) {
  if (!good)
    std::abort();
}

/// Checks the promises about each answer of the hub's own.
void check_answer(const dns_octets& octets, std::span<const uint8_t> question, size_t most) {
  check(octets.size() >= dns_header_octets && octets.size() <= most);
  check(octets[0] == question[0] && octets[1] == question[1]);
  check((octets[2] & 0x80) != 0 && (octets[3] & 0x20) == 0); // an answer, without AD
}

void ask(const dns_view& view, std::span<const uint8_t> message, dns_transport how) {
  using kind = dns_view_decision::kind;
  const auto decision = view.decide(message, how);
  check(decision.answer.empty()
        == (decision.what == kind::ignored || decision.what == kind::forward));
  if (!decision.answer.empty())
    check_answer(decision.answer, message,
                 how == dns_transport::tcp ? UINT16_MAX : size_t{dns_udp_octets});
  if (decision.what != kind::forward)
    return;
  // The forwarded message is a question, and it is the same question.
  const auto forwarded = forwarded_question(decision.query, 7);
  const auto again = read_dns_query(forwarded);
  const auto* query = std::get_if<dns_query>(&again);
  check(query != nullptr && query->id == 7 && query->question == decision.query.question);
}

/// Relays the octets as an answer: its counts and its records.
void relay(std::span<const uint8_t> message) {
  for (const bool edns : {false, true}) {
    dns_query query;
    query.id = 0x1234;
    query.edns = edns;
    query.question = {1, 'a', 0, 0, 1, 0, 1};
    dns_octets answer{0, 7, 0x81, 0x80, 0, 1};
    answer.insert(answer.end(), message.begin(), message.begin() + 6);
    answer.insert(answer.end(), query.question.begin(), query.question.end());
    answer.insert(answer.end(), message.begin() + 6, message.end());
    check(is_answer_to(answer, query, 7));
    for (const auto how : {dns_transport::udp, dns_transport::tcp})
      if (const auto result = relayed_answer(answer, query, how)) {
        check(result->size() <= query.most_octets(how));
        check((*result)[0] == 0x12 && (*result)[1] == 0x34);
      }
    is_answer_to(message, query, 7);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const dns_view view{"a.b", std::array<uint8_t, 4>{10, 0, 0, 1}, 7400, 60};
  std::span<const uint8_t> message{data, size};
  for (const auto how : {dns_transport::udp, dns_transport::tcp})
    ask(view, message, how);
  if (size >= 6 && size < 60000)
    relay(message);
  return 0;
}
