#include "conf/ctl/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "conf/ctl/display_width.hpp"
#include "protocol/text/decimal.hpp"

namespace fedhub::ctl {

namespace {

/// Of a terminal that does not know its size, as VT100 had it.
constexpr size_t usual_width = 80;
constexpr size_t usual_height = 24;

} // namespace

terminal terminal::of(int fd, std::string_view columns) {
  if (::isatty(fd) == 0)
    return {false, no_limit, no_limit};
  terminal result{true, usual_width, usual_height};
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0)
      result.width = size.ws_col;
    if (size.ws_row > 0)
      result.height = size.ws_row;
  }
  if (const auto wanted = parse_decimal<unsigned short>(columns); wanted && *wanted > 0)
    result.width = *wanted;
  return result;
}

std::error_code write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return {errno, std::generic_category()};
    text.remove_prefix(static_cast<size_t>(done));
  }
  return {};
}

} // namespace fedhub::ctl
