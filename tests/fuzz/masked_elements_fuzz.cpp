// Feeds any octets to the masking of captures. What is well-formed for expat stays well-formed, and
// shows no content but white space, lengths, and the values of attributes that stay.
//
// The first octet chooses the detail and the name of the element around the rest.
#include <expat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/capture/masked_elements.hpp"
#include "protocol/text/xml_chars.hpp"

namespace {

using namespace fedhub;

[[noreturn]] void fail(const char* what, std::string_view text) {
  std::fprintf(stderr, "%s:\n", what);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::abort();
}

/// All that a document shows, by expat.
struct shown {
  std::vector<std::string> names;  ///< of elements, in order.
  std::vector<std::string> texts;  ///< between tags.
  std::vector<std::string> values; ///< of attributes that are masked.
  bool ends_text = true;
  bool odd = false; ///< has what no stream has.
};

bool is_masked_attribute(std::string_view name) {
  constexpr std::array<std::string_view, 8> open{"from",  "to",   "id",  "type",
                                                 "xmlns", "node", "var", "category"};
  return std::ranges::find(open, name) == open.end() && !name.starts_with("xmlns:");
}

bool is_length(std::string_view text) {
  constexpr std::string_view end = " octets]";
  if (!text.starts_with('[') || !text.ends_with(end) || text.size() <= end.size() + 1)
    return false;
  return text.substr(1, text.size() - end.size() - 1).find_first_not_of("0123456789")
         == std::string_view::npos;
}

bool parse(std::string_view document, shown& found) {
  const XML_Parser parser = XML_ParserCreate("UTF-8");
  XML_SetUserData(parser, &found);
  XML_SetElementHandler(
    parser,
    [](void* to, const XML_Char* name, const XML_Char** attributes) {
      auto& seen = *static_cast<shown*>(to);
      seen.names.emplace_back(name);
      for (; *attributes != nullptr; attributes += 2)
        if (is_masked_attribute(attributes[0]))
          seen.values.emplace_back(attributes[1]);
      seen.ends_text = true;
    },
    [](void* to, const XML_Char*) { static_cast<shown*>(to)->ends_text = true; });
  XML_SetCharacterDataHandler(parser, [](void* to, const XML_Char* text, int size) {
    auto& seen = *static_cast<shown*>(to);
    if (seen.ends_text)
      seen.texts.emplace_back();
    seen.texts.back().append(text, static_cast<size_t>(size));
    seen.ends_text = false;
  });
  XML_SetCommentHandler(parser,
                        [](void* to, const XML_Char*) { static_cast<shown*>(to)->odd = true; });
  XML_SetProcessingInstructionHandler(parser, [](void* to, const XML_Char*, const XML_Char*) {
    static_cast<shown*>(to)->odd = true;
  });
  XML_SetStartDoctypeDeclHandler(parser,
                                 [](void* to, const XML_Char*, const XML_Char*, const XML_Char*,
                                    int) { static_cast<shown*>(to)->odd = true; });
  const bool good =
    XML_Parse(parser, document.data(), static_cast<int>(document.size()), 1) == XML_STATUS_OK;
  XML_ParserFree(parser);
  return good;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<std::string_view, 4> around{"message", "auth", "db:result", "features"};
  if (size == 0)
    return 0;
  const bool bodies = (data[0] & 1) != 0;
  const auto name = around[(data[0] >> 1) % around.size()];
  const std::string_view octets{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto detail = bodies ? capture_detail::bodies : capture_detail::lengths;
  mask_elements(octets, detail); // any octets
  names_of_element(octets);

  const auto document =
    "<" + std::string{name} + ">" + std::string{octets} + "</" + std::string{name} + ">";
  shown before;
  if (!parse(document, before) || before.odd)
    return 0;
  const auto masked = mask_elements(document, detail);
  if (masked.size() != 1)
    fail("not one element", document);
  shown after;
  if (!parse(masked.front(), after))
    fail("not well-formed", masked.front());
  if (after.names != before.names)
    fail("other names", masked.front());
  const bool shows = bodies && (name == "message" || name == "features");
  for (const auto& text : after.texts)
    if (!shows && !xml::trim(text).empty() && !is_length(text))
      fail("a text", masked.front());
  for (const auto& value : after.values)
    if (!bodies && !is_length(value))
      fail("a value", masked.front());
  if (shows && (after.texts != before.texts))
    fail("other texts", masked.front());
  return 0;
}
