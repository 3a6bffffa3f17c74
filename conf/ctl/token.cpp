#include "conf/ctl/token.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "protocol/text/printable_text.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub::ctl {

namespace {

constexpr size_t longest_token = 4'096;
constexpr std::chrono::seconds patience{10};
constexpr size_t longest_shown_path = 200;

using expected_text = tl::expected<std::string, std::string>;

/// Waits until there is something to read, or the time is up. @returns whether there is.
bool wait_for_octets(int fd, std::chrono::steady_clock::time_point deadline) {
  const auto left =
    std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd readable{fd, POLLIN, 0};
  return left.count() > 0 && ::poll(&readable, 1, static_cast<int>(left.count())) != 0;
}

/// Reads a file, or a pipe that a shell gives as a file. Waits for what the pipe's writer has not
/// written yet, but not for ever. A FIFO without a writer is empty.
expected_text read_file(int fd) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::string text;
  std::array<char, 1'024> part{};
  while (text.size() <= longest_token) {
    const auto count = ::read(fd, part.data(), part.size());
    if (count == 0)
      return text;
    if (count > 0) {
      text.append(part.data(), static_cast<size_t>(count));
      continue;
    }
    if (errno != EINTR && errno != EAGAIN)
      return tl::unexpected{std::generic_category().message(errno)};
    if (!wait_for_octets(fd, deadline))
      return tl::unexpected{std::string{"nothing came within 10 s"}};
  }
  return tl::unexpected{std::string{"more than 4096 octets"}};
}

expected_text read_file(const std::string& path) {
  // Without O_NONBLOCK a FIFO without a writer would hold up the program for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return tl::unexpected{std::generic_category().message(errno)};
  auto text = read_file(fd);
  ::close(fd);
  return text;
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= longest_token
         && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

} // namespace

expected_text token_for(const hub_endpoint& hub, const std::string& from_environment) {
  if (!hub.url)
    return std::string{};
  auto token = from_environment;
  if (!hub.token_file.empty()) {
    const auto text = read_file(hub.token_file);
    const auto file = "--token-file " + printable(hub.token_file, longest_shown_path) + ": ";
    if (!text)
      return tl::unexpected{file + text.error()};
    token = xml::trim(*text);
    if (!is_token(token))
      return tl::unexpected{file + "there is no token: one word of visible ASCII"};
  }
  if (token.empty())
    return token;
  if (!is_token(token))
    return tl::unexpected{std::string{"$FEDHUB_TOKEN is no token: one word of visible ASCII"}};
  if (!hub.url->may_carry_token())
    return tl::unexpected{std::string{"the token is not sent by plain HTTP: use https://, or a "
                                      "loopback address"}};
  return token;
}

} // namespace fedhub::ctl
