// Long lists: the time to read them grows no faster than their length.
#include "tests/unit/conf/file/loading.hpp"

#include <ctime>

#include <algorithm>
#include <functional>

namespace fedhub::conf {
namespace {

/// Returns an array of texts with a number: "['a0b', 'a1b']".
std::string numbered(size_t count, std::string_view before, std::string_view after) {
  std::string result = "[";
  for (size_t i = 0; i < count; ++i)
    result += concat("'", before, std::to_string(i), after, "', ");
  return result + "]";
}

/// Returns `count` lines with a number.
std::string lines(size_t count, std::string_view before, std::string_view after) {
  std::string result;
  for (size_t i = 0; i < count; ++i)
    result += concat(before, std::to_string(i), after, "\n");
  return result;
}

/// Returns the form of a pin with this number.
std::string pin(size_t number) {
  constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string base64(43, 'A');
  for (size_t i = 0; i < 4; ++i, number /= digits.size())
    base64[i] = digits[number % digits.size()];
  return "'sha256//" + base64 + "=', ";
}

std::string pins(size_t count) {
  std::string result = "[[trust]]\ndomain = 'a.example'\nmethods = ['pin']\npins = [";
  for (size_t i = 0; i < count; ++i)
    result += pin(i + 1);
  return result + "]\n";
}

std::string node(std::string_view domains) {
  return concat("[[node]]\nsecret = 's'\ndomains = ", domains, "\n");
}

/// Returns the time of the processor that reading the text takes, in seconds.
double time_to_read(const std::string& text) {
  const auto begun = std::clock();
  load_text(text, "f");
  return static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
}

/// Returns how many times as long reading `many` takes as reading `few`. Repeats a measurement that
/// exceeds the bound, since other processes may have disturbed it.
double growth(const std::string& few, const std::string& many, double bound) {
  double least = 1e9;
  for (int run = 0; run < 3 && least >= bound; ++run)
    least = std::min(least, time_to_read(many) / time_to_read(few));
  return least;
}

TEST(LongLists, take_time_in_proportion_to_their_length) {
  struct {
    const char* what;
    std::function<std::string(size_t)> text;
  } table[] = {
    {"allow", [](size_t n) { return "federation.allow = " + numbered(n, "*.d", ".example"); }},
    {"deny", [](size_t n) { return "federation.deny = " + numbered(n, "d", ".example"); }},
    {"pins", pins},
    {"domains", [](size_t n) { return node(numbered(n, "d", ".example")); }},
    {"domains with a form of IDNA2003",
     [](size_t n) { return node(numbered(n, "stra\u00dfe", ".example")); }},
    {"unknown keys", [](size_t n) { return lines(n, "unknown-", " = 1"); }},
    {"modules of the log", [](size_t n) { return lines(n, "log.modules.m", " = 'info'"); }},
    {"files with secrets",
     [](size_t n) { return lines(n, "[[node]]\nsecret_file = '/nonexistent/", "'"); }},
  };
  constexpr size_t few = 5000;
  constexpr size_t many = 8 * few;
  constexpr double bound = 12;
  for (const auto& [what, text] : table)
    EXPECT_LT(growth(text(few), text(many), bound), bound)
      << what << ": quadratic work would give 64";
}

} // namespace
} // namespace fedhub::conf
