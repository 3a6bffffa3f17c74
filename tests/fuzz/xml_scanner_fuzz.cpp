// Compares the scanner with itself on another cut, with other instructions or with other limits,
// and with expat.
//
// The first octet chooses the limits, the next three seed the cuts, and the rest is a stream.
// Unless the rest begins with `<?` or the like, it is put after a stream header, so that most
// inputs reach the stanzas.
#include <expat.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/xml/xml_scanner.hpp"

namespace {

using namespace fedhub;

constexpr std::string_view header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' xmlns:h='jabber:server'>";

[[noreturn]] void fail(const char* what, std::string_view text, const char* why) {
  std::fprintf(stderr, "%s: %s\n", what, why);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::abort();
}

/// Returns everything that a caller can see of one result, as text.
std::string describe(xml_scanner& scanner, const scan_result& result, size_t begin) {
  std::string seen = std::to_string(static_cast<int>(result.status)) + " at "
                     + std::to_string(begin) + "+" + std::to_string(result.length) + " "
                     + std::string{to_string(result.error)} + " " + result.reason;
  if (result.status == scan_status::element || result.status == scan_status::header) {
    const start_tag& tag = scanner.tag();
    for (const span32& span : {tag.name, tag.prefix, tag.to, tag.from, tag.id, tag.type, tag.lang,
                               tag.xmlns, span32{tag.end, tag.empty + 1u}})
      seen += " " + std::to_string(span.begin) + "-" + std::to_string(span.end);
    seen += " " + std::to_string(tag.header_prefixes) + " "
            + std::to_string(static_cast<int>(tag.obstacle))
            + (tag.inherits_namespace ? " inherits" : "")
            + (tag.declares_prefix ? " declares " : " ");
    seen += scanner.namespace_uri();
    for (const ns_binding& binding : scanner.header_bindings())
      seen += " " + binding.prefix + "=" + binding.uri;
  }
  return seen;
}

/// Returns the properties of an element that do not depend on whether it exceeds a limit.
std::string frame(const xml_scanner& scanner, const scan_result& result, size_t begin) {
  std::string seen = std::to_string(static_cast<int>(result.status)) + " at "
                     + std::to_string(begin) + "+" + std::to_string(result.length);
  if (result.status != scan_status::element)
    return seen;
  const start_tag& tag = scanner.tag();
  for (const span32& span : {tag.name, tag.prefix, tag.to, tag.from, tag.id, tag.type, tag.lang,
                             tag.xmlns, span32{tag.end, tag.empty + 1u}})
    seen += " " + std::to_string(span.begin) + "-" + std::to_string(span.end);
  seen += tag.inherits_namespace ? " inherits " : " ";
  return seen += scanner.namespace_uri();
}

/// Returns whether the text has markup beyond ASCII. Then the verdicts may differ, since expat has
/// the names of XML 1.0's fourth edition.
bool markup_beyond_ascii(std::string_view text) {
  constexpr std::string_view cdata = "<![CDATA[";
  bool inside = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote) {
      quote = c == quote ? 0 : quote;
    } else if (!inside && text.substr(i, cdata.size()) == cdata) {
      i = std::min(text.find("]]>", i), text.size() - 1);
    } else if (inside && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '<' || c == '>') {
      inside = c == '<';
    } else if (inside && static_cast<unsigned char>(c) >= 0x80) {
      return true;
    }
  }
  return false;
}

struct outcome {
  std::vector<std::string> items;
  std::vector<std::string> frames; ///< of each item, the result of `frame`.
  bool excess = false;             ///< an item exceeds a limit, so it was not checked in full.
  size_t consumed = 0;             ///< octets of complete items.
  bool new_names = false;          ///< an item has names that expat refuses.
  stream_error error = stream_error::none;
};

/// Feeds `text` in pieces whose sizes `cut` gives.
template <class F>
outcome scan(std::string_view text, const xml_limits& limits, F cut,
             xml::instruction_set set = xml::best_instruction_set()) {
  xml_scanner scanner{limits, set};
  outcome seen;
  size_t begin = 0;
  size_t end = 0;
  for (;;) {
    // Each piece has a buffer of its own, so that a sanitizer finds reads beyond it.
    const std::vector<char> piece{text.begin() + begin, text.begin() + end};
    const scan_result result = scanner.next({piece.data(), piece.size()});
    if (result.skip + result.length > piece.size())
      std::abort();
    begin += result.skip;
    if (result.status == scan_status::need_more) {
      if (end == text.size())
        return seen;
      end = std::min(text.size(), end + 1 + cut());
      continue;
    }
    seen.items.push_back(describe(scanner, result, begin));
    seen.frames.push_back(frame(scanner, result, begin));
    if (result.status == scan_status::element) {
      // Another obstacle may have come before the names.
      seen.new_names |= scanner.tag().obstacle != passage_obstacle::none
                        && markup_beyond_ascii(text.substr(begin, result.length));
      seen.excess |= past_limits(scanner.tag().obstacle);
    } else if (result.status == scan_status::header)
      seen.new_names = markup_beyond_ascii(text.substr(begin, result.length));
    begin += result.length;
    if (result.status == scan_status::error) {
      seen.error = result.error;
      return seen;
    }
    seen.consumed = begin;
  }
}

XML_Error ask_expat(std::string_view text, bool is_final) {
  const XML_Parser parser = XML_ParserCreateNS(nullptr, ':');
  XML_Error error = XML_ERROR_NONE;
  if (XML_Parse(parser, text.data(), static_cast<int>(text.size()), is_final) != XML_STATUS_OK)
    error = XML_GetErrorCode(parser);
  XML_ParserFree(parser);
  return error;
}

bool only_unfinished(XML_Error x) {
  return x == XML_ERROR_NO_ELEMENTS || x == XML_ERROR_UNCLOSED_TOKEN || x == XML_ERROR_PARTIAL_CHAR
         || x == XML_ERROR_UNCLOSED_CDATA_SECTION || x == XML_ERROR_NONE;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4)
    return 0;
  xml_limits limits;
  limits.prefixes = 1000;
  const bool tight = data[0] & 1;
  if (tight)
    limits = {.element_bytes = 300,
              .depth = 4,
              .elements = 8,
              .attributes = 6,
              .prefixes = 6,
              .frames_excess = (data[0] & 4) != 0};
  uint32_t random = data[1] | data[2] << 8 | data[3] << 16;
  const auto cut = [&random] {
    random = random * 1664525 + 1013904223;
    return (random >> 24) % (random & 0x800000 ? 3 : 40);
  };
  std::string text{reinterpret_cast<const char*>(data) + 4, size - 4};
  if (data[0] & 2)
    text.insert(0, header);

  const outcome whole = scan(text, limits, [&] { return text.size(); });
  if (whole.items != scan(text, limits, [] { return 0; }).items)
    fail("octet by octet", text, whole.items.empty() ? "" : whole.items.back().c_str());
  if (whole.items != scan(text, limits, cut).items)
    fail("cut at random", text, whole.items.empty() ? "" : whole.items.back().c_str());
  for (const auto set :
       {xml::instruction_set::scalar, xml::instruction_set::sse2, xml::instruction_set::avx2})
    if (available(set)
        && whole.items
             != scan(
                  text, limits, [&] { return text.size(); }, set)
                  .items)
      fail("with another instruction set", text,
           whole.items.empty() ? "" : whole.items.back().c_str());

  // With wide limits the same items are framed, up to the first fault.
  if (tight && limits.frames_excess) {
    const outcome full =
      scan(text, {.element_bytes = 300, .prefixes = 1000}, [&] { return text.size(); });
    const size_t sound = full.items.size() - (full.error != stream_error::none);
    const bool header_taken = whole.frames.size() > 1 || whole.error == stream_error::none;
    for (size_t i = 0; header_taken && i < sound; ++i)
      if (i >= whole.frames.size() || whole.frames[i] != full.frames[i])
        fail("framed otherwise within wide limits", text, full.items[i].c_str());
  }

  // If one of the first octets is NUL, expat takes the text for UTF-16.
  if (text.substr(0, 2).find('\0') != text.npos)
    return 0;
  if (whole.consumed && !whole.new_names && !whole.excess) {
    const std::string_view taken = std::string_view{text}.substr(0, whole.consumed);
    if (const XML_Error x = ask_expat(taken, false); x != XML_ERROR_NONE)
      fail("taken, but expat says", taken, XML_ErrorString(x));
  }
  // Only these faults are faults by XML too. expat treats versions other than 1.0 as 1.0.
  if (whole.error == stream_error::not_well_formed && !markup_beyond_ascii(text)
      && whole.items.back().find("an XML version") == std::string::npos) {
    // expat may wait for the end of a token where the scanner need not. So it gets an end of each
    // kind of token.
    bool refused = false;
    for (const char* closing : {"", "?>", "'>", "\">", ">", "]]>", ";", "        "})
      refused = refused || !only_unfinished(ask_expat(text + closing, true));
    if (!refused)
      fail("refused, but not by expat", text, whole.items.back().c_str());
  }
  return 0;
}
