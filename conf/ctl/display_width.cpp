#include "conf/ctl/display_width.hpp"

#include <clocale>
#include <cwchar>

#include "protocol/text/xml_chars.hpp"

namespace fedhub::ctl {

namespace {

/// Makes `wcwidth` know Unicode while it lives, in this thread. The C library has C.UTF-8 built in,
/// so it is there whatever locales the machine has.
class unicode_widths {
public:
  unicode_widths() : before_(::uselocale(utf8())) {}
  ~unicode_widths() { ::uselocale(before_); }
  unicode_widths(const unicode_widths&) = delete;
  unicode_widths& operator=(const unicode_widths&) = delete;

private:
  static locale_t utf8() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return locale; // null, if there is none: `uselocale` then changes nothing
  }

  locale_t before_;
};

struct character {
  size_t octets;
  size_t columns;
};

/// Reads the first character of `text`, which is not empty. An octet that is no UTF-8 counts as a
/// character of one column. @pre a `unicode_widths` lives.
character first_character(std::string_view text) {
  const auto decoded = xml::decode_utf8(text.data(), text.data() + text.size());
  if (decoded.length == 0 || decoded.truncated)
    return {1, 1};
  const int columns = ::wcwidth(static_cast<wchar_t>(decoded.value));
  return {decoded.length, columns < 0 ? 1 : static_cast<size_t>(columns)};
}

/// A beginning of a text.
struct beginning {
  size_t octets = 0;
  size_t columns = 0;
};

/// Returns the longest beginning that takes at most `width` columns.
beginning longest_within(std::string_view text, size_t width) {
  const unicode_widths unicode;
  beginning taken;
  while (taken.octets < text.size()) {
    const auto next = first_character(text.substr(taken.octets));
    if (taken.columns + next.columns > width)
      break;
    taken.octets += next.octets;
    taken.columns += next.columns;
  }
  return taken;
}

} // namespace

size_t display_width(std::string_view text) { return longest_within(text, no_limit).columns; }

std::string fit(std::string_view text, size_t width, std::string_view ellipsis) {
  if (longest_within(text, width).octets == text.size())
    return std::string{text};
  if (width == 0)
    return {};
  return std::string{text.substr(0, longest_within(text, width - 1).octets)}.append(ellipsis);
}

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const auto whole = longest_within(text, width).octets;
    if (whole == text.size()) {
      lines.emplace_back(text);
      return lines;
    }
    // A space right after the line is a good place as well.
    const auto space = text.substr(0, whole + 1).find_last_of(' ');
    const bool at_space = space != text.npos && space > 0;
    const auto length = at_space ? space : whole > 0 ? whole : text.size();
    lines.emplace_back(text.substr(0, length));
    text.remove_prefix(at_space ? space + 1 : length);
  }
}

} // namespace fedhub::ctl
