// Promises that hold for any answer, whatever a hub or a remote server puts into it.
#include <random>

#include <gtest/gtest.h>

#include "conf/ctl/answer_text.hpp"
#include "conf/ctl/event_line.hpp"
#include "conf/ctl/list_view.hpp"
#include "protocol/text/printable_text.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub::ctl {
namespace {

/// Makes JSON values at random, of the API's field names and of texts that a terminal would act on.
class answer_maker {
public:
  explicit answer_maker(unsigned seed) : random_(seed) {}

  json any(int levels) {
    switch (below(levels > 0 ? 9 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return below(2) == 1;
    case 2:
      return below(1'000'000);
    case 3:
      return -1e18 + static_cast<double>(below(1'000)) * 1e16;
    case 4:
    case 5:
      return text();
    case 6:
      return array(levels);
    default:
      return object(levels);
    }
  }

  json array(int levels) {
    auto result = json::array();
    for (size_t i = below(4); i > 0; --i)
      result.push_back(any(levels - 1));
    return result;
  }

  json object(int levels) {
    auto result = json::object();
    for (size_t i = below(8); i > 0; --i)
      result[key()] = any(levels - 1);
    return result;
  }

  size_t below(size_t end) { return std::uniform_int_distribution<size_t>{0, end - 1}(random_); }

private:
  std::string key() {
    static constexpr const char* keys[] = {
      "name",   "state",  "since",   "detail", "failure",  "streams",     "attempts",  "steps",
      "step",   "result", "verdict", "remedy", "pairs",    "from",        "to",        "address",
      "key",    "value",  "file",    "line",   "bytes_in", "duration_s",  "title",     "problems",
      "id",     "kind",   "text",    "items",  "started",  "ended",       "outcome",   "counts",
      "domain", "time",   "links",   "ready",  "rule",     "certificate", "\x1B[2J\n", "名\u0301",
    };
    return keys[below(std::size(keys))];
  }

  std::string text() {
    static constexpr const char* parts[] = {
      "partner.example",
      "\x1B[2J",
      "\r\n",
      "\u009B31m",
      "\u202E",
      "2026-11-30T11:57:00Z",
      "漢字",
      "e\u0301",
      " ",
      "\x7F",
      "ok",
      "a long text with many words ",
    };
    std::string result;
    for (size_t i = below(4); i > 0; --i)
      result += parts[below(std::size(parts))];
    return result;
  }

  std::mt19937 random_;
};

/// Returns the texts of all views of one answer.
std::vector<std::string> views_of(const json& answer, const text_style& style) {
  const auto rows = elements_of(answer);
  std::vector<std::string> texts{
    status_text(answer, style).text,         domain_text(answer, style).text,
    steps_text(answer, style).text,          notifications_text(rows, style).text,
    config_text(rows, "", true, style).text, reload_text(answer, style).text,
    problem_text(answer, 400, style),        event_line(answer, style) + '\n'};
  for (const auto kind : {list_kind::domains, list_kind::streams, list_kind::other})
    texts.push_back(list_view(kind, rows, style).text);
  return texts;
}

/// Returns whether a terminal could act on something but the line feeds.
bool can_act(std::string_view text) {
  while (!text.empty()) {
    const auto next = xml::decode_utf8(text.data(), text.data() + text.size());
    if (next.length == 0 || (is_deceptive(next.value) && text.front() != '\n'))
      return true;
    text.remove_prefix(next.length);
  }
  return false;
}

TEST(AnyAnswer, is_shown_as_lines_that_a_terminal_cannot_act_on) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    answer_maker maker{seed};
    const auto answer = seed % 3 == 0 ? maker.array(4) : maker.object(4);
    text_style style{*parse_time("2026-11-30T12:00:00Z"), maker.below(2) ? no_limit : 80};
    style.ascii = maker.below(2) == 1;
    for (const auto& text : views_of(answer, style)) {
      EXPECT_TRUE(text.empty() || text.ends_with('\n')) << seed << ": " << text;
      EXPECT_FALSE(can_act(text)) << seed << ": " << text;
      if (style.ascii) {
        EXPECT_TRUE(std::ranges::all_of(text, xml::is_ascii)) << seed << ": " << text;
      }
    }
  }
}

TEST(AnyAnswer, has_a_table_that_fits_the_terminal) {
  constexpr list_kind kinds[] = {list_kind::domains, list_kind::failing_domains, list_kind::streams,
                                 list_kind::nodes,   list_kind::events,          list_kind::audit,
                                 list_kind::other};
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    answer_maker maker{seed};
    const text_style style{*parse_time("2026-11-30T12:00:00Z"), 2 + maker.below(150)};
    const std::vector<json> rows{maker.object(3), maker.any(3), maker.object(3)};
    std::string text = list_view(kinds[seed % std::size(kinds)], rows, style).text;
    for (size_t end = 0; (end = text.find('\n')) != text.npos; text.erase(0, end + 1))
      EXPECT_LE(display_width(text.substr(0, end)), style.width) << seed << ": " << text;
  }
}

TEST(AnyAnswer, is_the_same_json_on_a_terminal) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    const auto answer = answer_maker{seed}.any(4);
    const auto shown = json_for_terminal(answer.dump());
    EXPECT_FALSE(can_act(shown)) << seed << ": " << shown;
    EXPECT_EQ(parse_json(shown), answer) << seed;
  }
}

} // namespace
} // namespace fedhub::ctl
