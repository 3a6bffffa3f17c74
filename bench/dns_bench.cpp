// Reading DNS answers.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "actors/dns/dns_message.hpp"

namespace fedhub::bench {
namespace {

using octets = std::vector<uint8_t>;

void put16(octets& out, unsigned number) {
  out.push_back(static_cast<uint8_t>(number >> 8));
  out.push_back(static_cast<uint8_t>(number));
}

void put_name(octets& out, std::string_view name) {
  for (size_t dot = 0; dot != name.npos; name.remove_prefix(dot == name.npos ? 0 : dot + 1)) {
    dot = name.find('.');
    const auto label = name.substr(0, dot);
    out.push_back(static_cast<uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
  }
  out.push_back(0);
}

/// Appends a record whose name is a pointer to the question's name.
void put_record(octets& out, dns_type type, const octets& data) {
  put16(out, 0xC00C);
  put16(out, static_cast<unsigned>(type));
  put16(out, 1); // IN
  put16(out, 0);
  put16(out, 300); // seconds to live
  put16(out, static_cast<unsigned>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

octets answer(const dns_question& question, unsigned records) {
  octets out;
  for (const unsigned x : {1u, 0x8180u, 1u, records, 0u, 0u})
    put16(out, x);
  put_name(out, question.name);
  put16(out, static_cast<unsigned>(question.type));
  put16(out, 1);
  for (unsigned i = 0; i < records; ++i) {
    octets data;
    if (question.type == dns_type::srv) {
      for (const unsigned x : {10u * i, 5u, 5269u})
        put16(data, x);
      put_name(data, "xmpp-server.hosting.partner.example");
    } else {
      data = {192, 0, 2, static_cast<uint8_t>(i)};
    }
    put_record(out, question.type, data);
  }
  return out;
}

void dns_answer_read(benchmark::State& state, dns_type type, const char* name, unsigned records) {
  const dns_question question{name, type};
  const auto message = answer(question, records);
  for (auto _ : state) {
    const auto dns_answer = read_dns_answer(message, question);
    if (dns_answer.services.size() + dns_answer.addresses.size() != records)
      return state.SkipWithError("records are missing");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * message.size()));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK_CAPTURE(dns_answer_read, srv_x4, dns_type::srv, "_xmpp-server._tcp.partner.example", 4);
BENCHMARK_CAPTURE(dns_answer_read, a_x2, dns_type::a, "xmpp.partner.example", 2);

} // namespace
} // namespace fedhub::bench
