// What the benchmarks feed: streams and stanzas as federated servers send them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

namespace fedhub::bench {

inline constexpr std::string_view stream_header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
  "xmlns:stream='http://etherx.jabber.org/streams' from='montague.example' to='capulet.example' "
  "version='1.0'>";

/// What one read brings at most, and what most benchmarks go through in one iteration.
inline constexpr size_t read_turn = 65536;

/// Kinds of traffic; the number is the mean size of a stanza in octets, roughly.
enum class mix {
  tiny_100,
  chat_250,
  presence_iq_300,
  message_1k,
  message_10k,
  message_64k,
  chat_text_10k, ///< a reference and a letter beyond ASCII every hundred octets.
  text_beyond_ascii_600
};

/// One stanza after another, at least `octets` of them, in whole rounds of the mix.
/// @param stanzas is set to how many there are.
std::string traffic(mix kind, size_t octets, size_t& stanzas);

/// Octets and stanzas per second of CPU.
inline void report(benchmark::State& state, size_t octets, size_t stanzas) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * octets));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * stanzas));
}

} // namespace fedhub::bench
