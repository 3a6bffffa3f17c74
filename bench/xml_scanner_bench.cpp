// How fast stanzas are framed and checked in full, beside a parser that checks the same (expat) and
// one that checks next to nothing (RapidXML). Octets per second are of the stanzas alone.
#include <benchmark/benchmark.h>
#include <expat.h>
#include <rapidxml/rapidxml.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "protocol/xml_scanner.hpp"

namespace {

constexpr std::string_view stream_header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
  "xmlns:stream='http://etherx.jabber.org/streams' from='montague.example' to='capulet.example' "
  "version='1.0'>";

// A chat as clients write it, about 250 octets a stanza.
constexpr std::string_view chat_mix[] = {
  "<message from='romeo@montague.example/orchard' to='juliet@capulet.example/balcony' "
  "id='ktx72v49' "
  "type='chat' xml:lang='en'><body>What light through yonder window breaks?</body>"
  "<active xmlns='http://jabber.org/protocol/chatstates'/></message>",
  "<message to=\"romeo@montague.example/orchard\" from=\"juliet@capulet.example/balcony\" "
  "type=\"chat\" id=\"a1b2c3d4-0001\"><body>Who art thou &amp; what is thy name? &lt;3</body>"
  "<request xmlns=\"urn:xmpp:receipts\"/></message>",
  "<message from='romeo@montague.example/orchard' to='juliet@capulet.example/balcony' "
  "id='ktx72v50' "
  "type='chat'><received xmlns='urn:xmpp:receipts' id='a1b2c3d4-0001'/>"
  "<store xmlns='urn:xmpp:hints'/><thread>0e3141cd80894871a68e6fe6b1ec56fa</thread></message>",
  "<message to='juliet@capulet.example' from='romeo@montague.example/orchard' type='chat' "
  "id='u-77'>"
  "<body>Schön, daß du fragst: ich bin’s, Roméo, der Sohn des alten Montague – wer sonst? 🌹</body>"
  "<markable xmlns='urn:xmpp:chat-markers:0'/></message>",
};

std::string stanzas(size_t octets) {
  std::string text;
  for (size_t i = 0; text.size() < octets; ++i)
    text += chat_mix[i % std::size(chat_mix)];
  return text;
}

constexpr size_t read_turn = 65536; // what one read brings at most

void report(benchmark::State& state, size_t octets) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * octets));
}

void scan(benchmark::State& state, std::string_view text) {
  fedhub::xml_scanner scanner{{}};
  scanner.next(stream_header);
  for (auto _ : state) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const fedhub::scan_result x = scanner.next(rest);
      if (x.status != fedhub::scan_status::element) {
        state.SkipWithError(x.reason);
        return;
      }
      benchmark::DoNotOptimize(scanner.tag().to);
      rest.remove_prefix(x.skip + x.length);
    }
  }
  report(state, text.size());
}

void scanner_chat(benchmark::State& state) { scan(state, stanzas(read_turn)); }
BENCHMARK(scanner_chat);

void scanner_large_body(benchmark::State& state) {
  scan(state, "<message to='a@b.example'><body>" + std::string(32768, 'x') + "</body></message>");
}
BENCHMARK(scanner_large_body);

void scanner_trickle(benchmark::State& state) {
  const std::string text{chat_mix[0]};
  fedhub::xml_scanner scanner{{}};
  scanner.next(stream_header);
  for (auto _ : state)
    for (size_t i = 1; i <= text.size(); ++i)
      benchmark::DoNotOptimize(scanner.next(std::string_view{text}.substr(0, i)));
  report(state, text.size());
}
BENCHMARK(scanner_trickle);

void expat_chat(benchmark::State& state) {
  const std::string text = stanzas(read_turn);
  const XML_Parser parser = XML_ParserCreateNS(nullptr, '|');
  // With handlers, as anyone who frames with it has them: without, it needs not make up names.
  XML_SetElementHandler(
    parser, [](void*, const XML_Char*, const XML_Char**) {}, [](void*, const XML_Char*) {});
  XML_Parse(parser, stream_header.data(), static_cast<int>(stream_header.size()), 0);
  for (auto _ : state)
    if (XML_Parse(parser, text.data(), static_cast<int>(text.size()), 0) != XML_STATUS_OK) {
      state.SkipWithError(XML_ErrorString(XML_GetErrorCode(parser)));
      break;
    }
  XML_ParserFree(parser);
  report(state, text.size());
}
BENCHMARK(expat_chat);

void rapidxml_chat(benchmark::State& state) {
  std::string text = stanzas(read_turn);
  text.push_back('\0');
  rapidxml::xml_document<> document;
  for (auto _ : state) {
    document.clear();
    document.parse<rapidxml::parse_non_destructive>(text.data());
    benchmark::DoNotOptimize(document.first_node());
  }
  report(state, text.size() - 1);
}
BENCHMARK(rapidxml_chat);

} // namespace
