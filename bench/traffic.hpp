// The input of the benchmarks: streams and stanzas as federated servers send them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include "protocol/events/stream_header.hpp"

namespace fedhub::bench {

inline constexpr std::string_view stream_header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
  "xmlns:stream='http://etherx.jabber.org/streams' from='montague.example' to='capulet.example' "
  "version='1.0'>";

/// The most octets of one read. Most benchmarks process so many in one iteration.
inline constexpr size_t read_turn = 65536;

/// Kinds of traffic. The number is roughly the mean size of a stanza in octets.
enum class mix {
  tiny_100,
  chat_250,
  presence_iq_300,
  message_1k,
  message_10k,
  message_64k,
  chat_text_10k, ///< a reference and a letter outside of ASCII every hundred octets.
  text_beyond_ascii_600
};

/// Returns stanzas in a row, at least `octets` of them, in whole rounds of the mix.
/// @param stanzas is set to their number.
std::string traffic(mix kind, size_t octets, size_t& stanzas);

/// Reports octets and stanzas per second of CPU time.
inline void report(benchmark::State& state, size_t octets, size_t stanzas) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * octets));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * stanzas));
}

} // namespace fedhub::bench
