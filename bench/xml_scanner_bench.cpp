// The speed of framing stanzas and checking them in full. On the same octets: expat, a parser that
// checks the same, and RapidXML, which checks almost nothing. Octets per second count the stanzas
// only.
#include <benchmark/benchmark.h>
#include <expat.h>
#include <rapidxml/rapidxml.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "bench/traffic.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub::bench {
namespace {

void scan(benchmark::State& state, mix kind, xml::instruction_set set) {
  size_t stanzas = 0;
  const std::string text = traffic(kind, read_turn, stanzas);
  xml_scanner scanner{{}, set};
  scanner.next(stream_header);
  for (auto _ : state) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const scan_result result = scanner.next(rest);
      if (result.status != scan_status::element) {
        state.SkipWithError(result.reason);
        return;
      }
      benchmark::DoNotOptimize(scanner.tag().to);
      rest.remove_prefix(result.skip + result.length);
    }
  }
  report(state, text.size(), stanzas);
}

void scanner(benchmark::State& state, mix kind) { scan(state, kind, xml::best_instruction_set()); }

void scanner_chat_with(benchmark::State& state, xml::instruction_set set) {
  if (available(set))
    scan(state, mix::chat_250, set);
  else
    state.SkipWithError("not on this CPU");
}

/// Stanzas that arrive one octet at a time, as a hostile peer may send them.
void scanner_trickle(benchmark::State& state) {
  size_t stanzas = 0;
  const std::string text = traffic(mix::tiny_100, 1, stanzas);
  xml_scanner scanner{{}};
  scanner.next(stream_header);
  for (auto _ : state) {
    size_t begin = 0;
    for (size_t end = 1; end <= text.size(); ++end) {
      const scan_result result = scanner.next(std::string_view{text}.substr(begin, end - begin));
      begin += result.skip + result.length;
    }
    if (begin != text.size())
      state.SkipWithError("not all stanzas came through");
  }
  report(state, text.size(), stanzas);
}

struct parser_deleter {
  void operator()(XML_Parser x) const { XML_ParserFree(x); }
};

void expat(benchmark::State& state, mix kind) {
  size_t stanzas = 0;
  const std::string text = traffic(kind, read_turn, stanzas);
  const std::unique_ptr<XML_ParserStruct, parser_deleter> parser{XML_ParserCreateNS(nullptr, '|')};
  // With handlers, since framing needs them. Without handlers, expat need not make the names.
  XML_SetElementHandler(
    parser.get(), [](void*, const XML_Char*, const XML_Char**) {}, [](void*, const XML_Char*) {});
  XML_Parse(parser.get(), stream_header.data(), static_cast<int>(stream_header.size()), 0);
  for (auto _ : state)
    if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 0) != XML_STATUS_OK) {
      state.SkipWithError(XML_ErrorString(XML_GetErrorCode(parser.get())));
      return;
    }
  report(state, text.size(), stanzas);
}

void rapidxml_parser(benchmark::State& state, mix kind) {
  size_t stanzas = 0;
  std::string text = traffic(kind, read_turn, stanzas);
  rapidxml::xml_document<> document;
  for (auto _ : state) {
    document.clear();
    document.parse<rapidxml::parse_non_destructive>(text.data());
    benchmark::DoNotOptimize(document.first_node());
  }
  report(state, text.size(), stanzas);
}

// One row per parser for each mix, so that adjacent rows can be compared.
#define FEDHUB_EACH_PARSER(kind)                                                                   \
  BENCHMARK_CAPTURE(scanner, kind, mix::kind);                                                     \
  BENCHMARK_CAPTURE(expat, kind, mix::kind);                                                       \
  BENCHMARK_CAPTURE(rapidxml_parser, kind, mix::kind)->Name("rapidxml/" #kind)

FEDHUB_EACH_PARSER(chat_250);
FEDHUB_EACH_PARSER(tiny_100);
FEDHUB_EACH_PARSER(presence_iq_300);
FEDHUB_EACH_PARSER(message_1k);
FEDHUB_EACH_PARSER(message_10k);
FEDHUB_EACH_PARSER(message_64k);
FEDHUB_EACH_PARSER(chat_text_10k);
FEDHUB_EACH_PARSER(text_beyond_ascii_600);

BENCHMARK_CAPTURE(scanner_chat_with, scalar, xml::instruction_set::scalar);
BENCHMARK_CAPTURE(scanner_chat_with, sse2, xml::instruction_set::sse2);
BENCHMARK_CAPTURE(scanner_chat_with, avx2, xml::instruction_set::avx2);
BENCHMARK_CAPTURE(scanner_chat_with, avx512, xml::instruction_set::avx512);
BENCHMARK(scanner_trickle);

} // namespace
} // namespace fedhub::bench
